import { z } from 'zod'
import { HostNotReady, HostUnreachable } from '../errors.ts'
import type { LongOutput } from '../errors.ts'
import { orAborted } from './channel.ts'
import type { Machine } from './channel.ts'
import { NotUnderstood, receiptStates } from './frames.ts'
import type { EndFrame, ReceiptState } from './frames.ts'
import type { Lock } from './host.ts'
import { OutputTail, TAIL_BYTES } from './output-tail.ts'
import { notUnderstood, readFrames } from './remote-run.ts'
import { callScript, sendScript } from './remote-script.ts'
import type { ScriptCall } from './remote-script.ts'

/** The record of one command on a host. Sizes in bytes. */
export interface Receipt {
  readonly token: string
  readonly state: ReceiptState
  /** The exit code, or why the command was stopped: timeout, overcap, cancelled. `-` unless it exited. */
  readonly code: string
  readonly out: number
  readonly err: number
  readonly started?: Date
  readonly ended?: Date
  readonly undone: boolean
}

/** A command's state, and the end of its output so far. Not redacted. */
export interface ReceiptTail {
  readonly end: EndFrame
  readonly stdout: string
  readonly stderr: string
}

export async function tailOf(machine: Machine, token: string, bytes: number): Promise<ReceiptTail> {
  const tails = { out: new OutputTail(bytes), err: new OutputTail(bytes) }
  const end = await ask(machine, ['tail', token, String(bytes)], async (call) => {
    const { end } = await readFrames(call, {}, (frame) => {
      if (frame.is === 'bytes') tails[frame.stream].push(frame.bytes)
    })
    return end
  })
  return { end, stdout: tails.out.text(), stderr: tails.err.text() }
}

/** Returns the outputs of a command that are longer than what is returned of them, with checksums from the host. */
export async function longOutputs(
  machine: Machine,
  token: string,
  { out, err }: Pick<EndFrame, 'out' | 'err'>,
  signal: AbortSignal,
): Promise<readonly LongOutput[]> {
  const long = ([stream, name, bytes]: Output) =>
    bytes > TAIL_BYTES ? { stream, bytes, file: `${machine.root}/runs/${token}/${name}` } : undefined
  const outputs = [long(['stdout', 'out', out]), long(['stderr', 'err', err])]
  // Short outputs need no further call.
  if (outputs.every((one) => one === undefined)) return []
  const lengths = outputs.map((one) => String(one?.bytes ?? 0))
  const [line] = await askLines(machine, ['sums', token, ...lengths], { signal, withinSeconds: 3600 })
  const [, ...sums] = parsed(machine, sumsLine, line)
  return outputs.flatMap((one, index) => {
    const sha256 = sums[index]
    return one === undefined ? [] : [{ ...one, ...(sha256 === undefined ? {} : { sha256 }) }]
  })
}

type Output = readonly [stream: LongOutput['stream'], name: string, bytes: number]

/**
 * Stops a command: TERM to its session, KILL after the grace. A command that has not started never will.
 * Returns its state.
 */
export async function cancel(
  machine: Machine,
  token: string,
  { graceSeconds, signal }: { readonly graceSeconds: number; readonly signal?: AbortSignal },
): Promise<EndFrame> {
  const words = ['cancel', token, String(graceSeconds)]
  return ask(machine, words, async (call) => (await readFrames(call, {}, () => {})).end, { signal })
}

/** Returns all receipts of a run, sorted by token. */
export async function receiptsOf(machine: Machine, runToken: string): Promise<readonly Receipt[]> {
  const lines = await askLines(machine, ['list', runToken])
  return lines.map((line) => {
    const [, token, state, code, out, err, started, ended, undone] = parsed(machine, receiptLine, line)
    return {
      ...{ token, state, code, out, err, undone: undone === 'undone' },
      ...(started === undefined ? {} : { started }),
      ...(ended === undefined ? {} : { ended }),
    }
  })
}

/** Hosts whose journal was refused. A listing reads the journal of each run: such a host is asked once. */
const tooLarge = new WeakMap<Machine, HostNotReady>()

/** Returns the journal entries of a run, which its host keeps with the receipts: JSON, and the command's token. */
export async function journalOf(
  machine: Machine,
  runToken: string,
): Promise<readonly { readonly token: string; readonly json: string }[]> {
  const earlier = tooLarge.get(machine)
  if (earlier) throw earlier
  const limits = { limitBytes: 8 * LIMIT_ANSWER_BYTES }
  const lines = await askLines(machine, ['journal', runToken], limits).catch((error: unknown) => {
    if (error instanceof HostNotReady) tooLarge.set(machine, error)
    throw error
  })
  return lines.flatMap((line) => {
    const [, token, json] = /^journal (\S+) (.*)$/.exec(line) ?? []
    return token === undefined || json === undefined ? [] : [{ token, json }]
  })
}

export async function markUndone(machine: Machine, prefix: string, signal?: AbortSignal): Promise<void> {
  await askLines(machine, ['mark-undone', prefix], { signal })
}

/** Takes a lock if it is free. Returns its holder. */
export async function takeLock(
  machine: Machine,
  { name, holder }: Lock,
  signal?: AbortSignal,
): Promise<string> {
  const [line] = await askLines(machine, ['lock', encodeName(name), encodeName(holder)], { signal })
  return decodeName(parsed(machine, holderLine, line)[1])
}

/** Releases a lock; does nothing if another holder has it. */
export async function releaseLock(
  machine: Machine,
  { name, holder }: Lock,
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
const holderLine = z.tuple([z.literal('holder'), z.string().regex(/^l[A-Za-z0-9._-]{1,1000}$/)])
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

function parsed<Schema extends z.ZodType>(machine: Machine, schema: Schema, line = ''): z.infer<Schema> {
  const result = schema.safeParse(line.split(' '))
  if (!result.success) throw notUnderstood(machine, JSON.stringify(line.slice(0, 100)))
  return result.data
}

const LIMIT_ANSWER_BYTES = 4 * 1024 * 1024

interface AskLimits {
  readonly signal?: AbortSignal | undefined
  /** Default: the machine's. */
  readonly withinSeconds?: number
}

/** Returns the lines between the nonce and the last line, `done`. An answer without that line was cut off. */
async function askLines(
  machine: Machine,
  words: readonly string[],
  { limitBytes = LIMIT_ANSWER_BYTES, ...limits }: AskLimits & { readonly limitBytes?: number } = {},
): Promise<readonly string[]> {
  const read = async (call: ScriptCall) => {
    const { answer, complaints, exitCode } = await readLines(machine, call, limitBytes)
    if (answer === undefined) return undefined
    if (answer.endsWith('done\n')) return answer.split('\n').slice(0, -2).filter(Boolean)
    if (exitCode === undefined) throw new HostUnreachable(machine.name, 'the connection broke')
    throw new HostNotReady(machine.name, [`${words[0]} failed: ${complaints.trim().split('\n').at(-1)}`])
  }
  return ask(machine, words, read, limits)
}

interface Lines {
  /** The output after the nonce, up to a line `done` or to the end; undefined without a nonce. */
  readonly answer: string | undefined
  readonly complaints: string
  readonly exitCode: number | undefined
}

function readLines(machine: Machine, { lent, nonce }: ScriptCall, limitBytes: number): Promise<Lines> {
  const chunks: Buffer[] = []
  let length = 0
  const errors = new OutputTail(2048)
  return new Promise((resolve, reject) => {
    const finish = (exitCode: number | undefined): void => {
      const answer = Buffer.concat(chunks).toString().split(`${nonce}\n`)[1]
      resolve({ answer, complaints: errors.text(), exitCode })
    }
    const output = (chunk: Buffer): void => {
      chunks.push(chunk)
      length += chunk.length
      if (length > limitBytes) {
        lent.close()
        return reject(notUnderstood(machine, `more than ${limitBytes / 1024 / 1024} MiB`))
      }
      if (!Buffer.concat(chunks.slice(-6)).toString('latin1').endsWith('\ndone\n')) return
      lent.giveBack()
      finish(0)
    }
    lent.listen({ output, errors: (chunk) => errors.push(chunk) })
    void lent.ended.then(finish)
  })
}

/**
 * Sends a request, all of which are idempotent: again if the waiting program was gone, and after sending a missing script.
 * Hangs up when the signal aborts.
 * @throws HostUnreachable also without an answer in time
 */
async function ask<Answer>(
  machine: Machine,
  words: readonly string[],
  read: (call: ScriptCall) => Promise<Answer | undefined>,
  { signal, withinSeconds = machine.answerSeconds }: AskLimits = {},
): Promise<Answer> {
  const timeout = AbortSignal.timeout(withinSeconds * 1000)
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  return answered(machine, words, read, either).catch((error: unknown) => {
    if (error instanceof NotUnderstood) throw notUnderstood(machine, error.message)
    if (!timeout.aborted || signal?.aborted === true) throw error
    throw new HostUnreachable(machine.name, `no answer to ${words[0]} within ${withinSeconds} s`)
  })
}

async function answered<Answer>(
  machine: Machine,
  words: readonly string[],
  read: (call: ScriptCall) => Promise<Answer | undefined>,
  signal: AbortSignal,
): Promise<Answer> {
  let sent = false
  for (;;) {
    const call = await callScript(machine, words)
    const answer = await orAborted(read(call), signal, call.lent)
    if (answer !== undefined) return answer
    if (!call.lent.fresh) continue
    if (sent) throw new HostUnreachable(machine.name, 'the connection broke')
    await sendScript(machine, signal)
    sent = true
  }
}

/** Encodes any name as one word of a command line and a file name: every byte except A-Z, a-z, 0-9, "." and "-" as _XX. */
export function encodeName(name: string): string {
  const escaped = [...Buffer.from(name)].map((byte) => {
    const letter = String.fromCharCode(byte)
    return /[A-Za-z0-9.-]/.test(letter) ? letter : `_${byte.toString(16).padStart(2, '0')}`
  })
  return `l${escaped.join('')}`
}

/** Decodes a name of {@link encodeName}. Escapes that it never writes are left as they are. */
export function decodeName(word: string): string {
  return word.slice(1).replaceAll(/(?:_[0-9a-f]{2})+/g, (escapes) => {
    const bytes = Buffer.from(escapes.replaceAll('_', ''), 'hex')
    return bytes.equals(Buffer.from(bytes.toString())) ? bytes.toString() : escapes
  })
}
