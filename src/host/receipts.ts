import { z } from 'zod'
import { HostNotReady, HostUnreachable } from '../errors.ts'
import type { LongOutput } from '../errors.ts'
import { throwIfAborted } from './aborted.ts'
import type { Machine } from './channel.ts'
import { receiptStates } from './frames.ts'
import type { EndFrame, ReceiptState } from './frames.ts'
import { TAIL_BYTES } from './kept-output.ts'
import { OutputTail } from './output-tail.ts'
import { readFrames } from './remote-run.ts'
import { callScript, sendScript } from './remote-script.ts'
import type { ScriptCall } from './remote-script.ts'

/** A receipt as people are shown it. Sizes in bytes. */
export interface Receipt {
  readonly token: string
  readonly state: ReceiptState
  /** The exit code, or why it was stopped: timeout, overcap, cancelled. `-` unless it exited. */
  readonly code: string
  readonly out: number
  readonly err: number
  readonly started?: Date
  readonly ended?: Date
  readonly undone: boolean
}

/** A command's state, and the last bytes of its output as far as it has got. Not redacted. */
export interface ReceiptTail {
  readonly end: EndFrame
  readonly stdout: string
  readonly stderr: string
}

export async function tailOf(machine: Machine, token: string, bytes: number): Promise<ReceiptTail> {
  const tails = { out: new OutputTail(bytes), err: new OutputTail(bytes) }
  const end = await ask(machine, ['tail', token, String(bytes)], async (call) => {
    const heard = await readFrames(call, {}, (frame) => {
      if (frame.is === 'bytes') tails[frame.stream].push(frame.bytes)
    })
    return heard.end
  })
  return { end, stdout: tails.out.text(), stderr: tails.err.text() }
}

/** The outputs of a command that ended of which no more than the end is told, with the sums that the host reckons of them. */
export async function longOutputs(
  machine: Machine,
  token: string,
  { out, err }: Pick<EndFrame, 'out' | 'err'>,
  signal: AbortSignal,
): Promise<readonly LongOutput[]> {
  const long = ([stream, name, bytes]: Output) =>
    bytes > TAIL_BYTES ? { stream, bytes, file: `${machine.root}/runs/${token}/${name}` } : undefined
  const outputs = [long(['stdout', 'out', out]), long(['stderr', 'err', err])]
  // A short one costs the host nothing.
  if (outputs.every((one) => one === undefined)) return []
  const lengths = outputs.map((one) => String(one?.bytes ?? 0))
  const [line = ''] = await askLines(machine, ['sums', token, ...lengths], {
    signal,
    withinSeconds: Infinity,
  })
  const [, ...sums] = sumsLine.parse(line.split(' '))
  return outputs.flatMap((one, index) => {
    const sha256 = sums[index]
    return one === undefined ? [] : [{ ...one, ...(sha256 === undefined ? {} : { sha256 }) }]
  })
}

/** Of an answer. A journal holds an entry for each attempt of each step. */
const MOST_BYTES = 4 * 1024 * 1024
const MOST_JOURNAL_BYTES = 32 * 1024 * 1024
const MOST_HOLDER_CHARACTERS = 1000
const WITHIN_SECONDS = 120

type Output = readonly [stream: LongOutput['stream'], name: string, bytes: number]

/** Stops a command: TERM to its session, KILL after the grace. One that has not started never will. Gives its state then. */
export async function cancel(machine: Machine, token: string, graceSeconds: number): Promise<EndFrame> {
  return ask(
    machine,
    ['cancel', token, String(graceSeconds)],
    async (call) => (await readFrames(call, {}, () => {})).end,
  )
}

/** All receipts of a run, in the order of their names. */
export async function receiptsOf(machine: Machine, runToken: string): Promise<readonly Receipt[]> {
  const lines = await askLines(machine, ['list', runToken])
  return lines.map((line) => {
    const [, token, state, code, out, err, started, ended, undone] = receiptLine.parse(line.split(' '))
    return {
      ...{ token, state, code, out, err, undone: undone === 'undone' },
      ...(started === undefined ? {} : { started }),
      ...(ended === undefined ? {} : { ended }),
    }
  })
}

/** Hosts whose journal was refused. A listing reads the journal of each run: such a host is asked once. */
const tooLarge = new WeakMap<Machine, HostNotReady>()

/** The journal entries of a run as they were written on the host before each change: JSON, with the command's token. */
export async function journalOf(
  machine: Machine,
  runToken: string,
): Promise<readonly { readonly token: string; readonly json: string }[]> {
  const earlier = tooLarge.get(machine)
  if (earlier) throw earlier
  const lines = await askLines(machine, ['journal', runToken], { mostBytes: MOST_JOURNAL_BYTES }).catch(
    (error: unknown) => {
      if (error instanceof HostNotReady) tooLarge.set(machine, error)
      throw error
    },
  )
  return lines.flatMap((line) => {
    const [, token, json] = /^journal (\S+) (.*)$/.exec(line) ?? []
    return token === undefined || json === undefined ? [] : [{ token, json }]
  })
}

export async function markUndone(machine: Machine, prefix: string, signal?: AbortSignal): Promise<void> {
  await askLines(machine, ['mark-undone', prefix], { signal })
}

/** Takes a lock unless it is held. Returns its holder. */
export async function takeLock(
  machine: Machine,
  { name, holder }: { readonly name: string; readonly holder: string },
  signal?: AbortSignal,
): Promise<string> {
  const [line = ''] = await askLines(machine, ['lock', encodeName(name), encodeName(holder)], { signal })
  const [, word] = /^holder (l\S*)$/.exec(line) ?? []
  if (word === undefined)
    throw new HostNotReady(machine.name, [`its answer about the lock ${name} makes no sense`])
  return decodeName(word).slice(0, MOST_HOLDER_CHARACTERS)
}

export async function releaseLock(
  machine: Machine,
  { name, holder }: { readonly name: string; readonly holder: string },
  signal?: AbortSignal,
): Promise<void> {
  await askLines(machine, ['unlock', encodeName(name), encodeName(holder)], { signal })
}

const count = z.coerce.number().int()
const sum = z
  .string()
  .regex(/^([0-9a-f]{64}|-)$/)
  .transform((text) => (text === '-' ? undefined : text))
const sumsLine = z.tuple([z.literal('sums'), sum, sum])
const time = z.string().transform((text) => (text === '-' ? undefined : new Date(Number(text) * 1000)))
const receiptLine = z.tuple([
  z.literal('receipt'),
  z.string(),
  z.enum(receiptStates),
  z.string(),
  count,
  count,
  time,
  time,
  z.enum(['undone', '-']),
])

interface Asking {
  /** Hangs up once it aborts; nothing on the host depends on that. */
  readonly signal?: AbortSignal | undefined
  /** Default: 4 MiB. */
  readonly mostBytes?: number
  /** Default: 120. */
  readonly withinSeconds?: number
}

/** Lines between the nonce and the last one, `done`; an answer without it was cut off. */
async function askLines(
  machine: Machine,
  words: readonly string[],
  { signal, mostBytes = MOST_BYTES, withinSeconds = WITHIN_SECONDS }: Asking = {},
): Promise<readonly string[]> {
  return inTurn(machine, words[0] ?? '', signal, () =>
    ask(machine, words, async (call) => {
      const heard = await hearLines(call, { signal, mostBytes, withinSeconds })
      const { answer, complaints, exitCode } = heard
      if (signal) throwIfAborted(signal)
      if (exitCode === 'too late')
        throw new HostUnreachable(machine.name, `${words[0]} was not answered within ${withinSeconds} s`)
      if (exitCode === 'too much')
        throw new HostNotReady(machine.name, [`${words[0]} answered more than ${mostBytes} bytes`])
      if (answer === undefined) return undefined
      if (answer.endsWith('done\n')) return answer.split('\n').slice(0, -2).filter(Boolean)
      if (exitCode === undefined) throw new HostUnreachable(machine.name, 'the connection broke')
      throw new HostNotReady(machine.name, [`${words[0]} failed: ${complaints.trim().split('\n').at(-1)}`])
    }),
  )
}

/** The last call of each verb, by machine. */
const calls = new WeakMap<Machine, Map<string, Promise<unknown>>>()

/** One call per machine and verb at a time: attempts that were given up must not pile up on a host that does not answer. */
async function inTurn<Result>(
  machine: Machine,
  verb: string,
  signal: AbortSignal | undefined,
  call: () => Promise<Result>,
): Promise<Result> {
  const own = calls.get(machine) ?? new Map<string, Promise<unknown>>()
  calls.set(machine, own)
  const before = own.get(verb)
  const result = (async () => {
    await before?.catch(() => undefined)
    if (signal) throwIfAborted(signal)
    return await call()
  })()
  own.set(verb, result)
  return await result
}

interface Lines {
  /** All after the nonce, up to a line `done` or to where it broke off; undefined where no nonce came. */
  readonly answer: string | undefined
  readonly complaints: string
  readonly exitCode: number | 'too much' | 'too late' | undefined
}

function hearLines(
  { lent, nonce }: ScriptCall,
  { signal, mostBytes, withinSeconds }: Required<Asking>,
): Promise<Lines> {
  const heard: Buffer[] = []
  const errors = new OutputTail(TAIL_BYTES)
  let bytes = 0
  return new Promise((resolve) => {
    const finish = (exitCode: Lines['exitCode']): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', hangUp)
      const answer =
        typeof exitCode === 'string' ? undefined : Buffer.concat(heard).toString().split(`${nonce}\n`)[1]
      resolve({ answer, complaints: errors.text(), exitCode })
    }
    const giveUp = (why: Lines['exitCode']): void => {
      lent.close()
      finish(why)
    }
    const hangUp = (): void => giveUp(undefined)
    const timer = Number.isFinite(withinSeconds)
      ? setTimeout(() => giveUp('too late'), withinSeconds * 1000)
      : undefined
    const output = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes > mostBytes) return giveUp('too much')
      heard.push(chunk)
      if (!Buffer.concat(heard.slice(-6)).toString('latin1').endsWith('\ndone\n')) return
      lent.giveBack()
      finish(0)
    }
    if (signal?.aborted) return hangUp()
    signal?.addEventListener('abort', hangUp)
    lent.listen({ output, errors: (chunk) => errors.push(chunk) })
    void lent.ended.then(finish)
  })
}

/** All of these verbs may be asked twice: so one that waited and was gone is asked anew, and a missing script is sent. */
async function ask<Answer>(
  machine: Machine,
  words: readonly string[],
  read: (call: ScriptCall) => Promise<Answer | undefined>,
): Promise<Answer> {
  let sent = false
  for (;;) {
    const call = await callScript(machine, words)
    const answer = await read(call)
    if (answer !== undefined) return answer
    if (!call.lent.fresh) continue
    if (sent) throw new HostUnreachable(machine.name, 'the connection broke')
    await sendScript(machine)
    sent = true
  }
}

/** Names of people's choosing as words of a command line and names of files: all but a-z, 0-9, "." and "-" as _XX. */
export function encodeName(name: string): string {
  const escaped = [...Buffer.from(name)].map((byte) => {
    const letter = String.fromCharCode(byte)
    return /[A-Za-z0-9.-]/.test(letter) ? letter : `_${byte.toString(16).padStart(2, '0')}`
  })
  return `l${escaped.join('')}`
}

/** The name that {@link encodeName} wrote; a word that it did not write stays as it is. */
export function decodeName(word: string): string {
  try {
    return decodeURIComponent(word.slice(1).replaceAll('_', '%'))
  } catch {
    return word
  }
}
