import { randomBytes } from 'node:crypto'
import { HostNotReady, HostUnreachable, QuestionFailed } from '../errors.ts'
import type { Question } from '../shell/command.ts'
import { quote } from '../shell/script.ts'
import { throwIfAborted } from './aborted.ts'
import type { Channel, Machine } from './channel.ts'
import { exportLines } from './environment.ts'
import { OutputTail } from './output-tail.ts'
import type { Redact } from './redact.ts'

const MOST_BYTES = 4 * 1024 * 1024
const TAIL_BYTES = 16 * 1024
// For what login scripts print before an answer, and for what it says on stderr.
const NOISE_BYTES = 64 * 1024

/** What a question's script printed and ended with. Nothing is redacted yet. */
export interface Reply {
  /** `timeout`, `too much output`, or the exit code. */
  readonly exit: string
  readonly stdout: string
  readonly stderr: string
  /** What login scripts printed, and how long the login shell took until it came to the question. */
  readonly noise: string
  readonly loginMs: number
}

/** Who asks: hangs up when they do not want to know any more, and hides their secrets in what is thrown. */
export interface Asker {
  readonly signal: AbortSignal
  readonly redact: Redact
}

/**
 * Asks a host: plain, over the pooled connection, with no receipt. A broken connection is made again once.
 * @throws HostUnreachable; retried
 */
export async function askHost(machine: Machine, question: Question, asker: Asker): Promise<Reply> {
  return askOnce(machine, question, asker).catch((error: unknown) => {
    if (!(error instanceof ConnectionBroke)) throw error
    return askOnce(machine, question, asker)
  })
}

/**
 * The error for a reply that means neither yes nor no. An engine that is being restarted is waited for like a host that
 * does not answer: whatever was asked can be asked again.
 */
export function questionFailed(
  host: string,
  script: string,
  { exit, stdout, stderr }: Pick<Reply, 'exit' | 'stdout' | 'stderr'>,
): QuestionFailed | HostUnreachable {
  const tail = `${stdout}\n${stderr}`.trim().slice(-TAIL_BYTES)
  if (ENGINE_IS_AWAY.test(tail)) {
    return new HostUnreachable(
      host,
      `its Docker engine does not answer (exit code ${exit}); if it is not just starting again, start it: systemctl start docker`,
    )
  }
  return new QuestionFailed(host, { script, exit, tail })
}

/** What Docker's command line says when there is nobody to talk to, or when whoever it talked to died. */
const ENGINE_IS_AWAY = /Cannot connect to the Docker daemon|error during connect: .*EOF/i

class ConnectionBroke extends HostUnreachable {}

async function askOnce(machine: Machine, question: Question, { signal, redact }: Asker): Promise<Reply> {
  const nonce = randomBytes(12).toString('hex')
  // All that a login shell has to understand is `sh`; what is asked comes on stdin.
  const channel = await machine.reach.open([...machine.launch, 'sh'])
  const hangUp = (): void => channel.close()
  signal.addEventListener('abort', hangUp)
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), question.timeoutSeconds * 1000)
  })
  try {
    channel.input.end(program(question, nonce))
    const heard = listen(channel, nonce)
    const exit = await Promise.race([heard.exit, timeout])
    throwIfAborted(signal)
    if (exit === undefined) throw new ConnectionBroke(machine.name, 'the connection broke')
    const reply = { exit: String(exit), ...heard.reply(redact) }
    if (heard.greeted() || exit === 'timeout') return reply
    throw new HostNotReady(machine.name, [
      `sh could not be started: ${lastLine(reply.stderr) || `it ended with ${exit}`}`,
    ])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', hangUp)
    hangUp()
  }
}

/**
 * One compound command, which a shell reads whole before it does any of it: a connection cut on the way asks nothing.
 * The nonce, on both outputs, ends what login scripts printed.
 */
function program({ script, environment }: Question, nonce: string): string {
  return `{
export LC_ALL=C
${exportLines(environment)}echo ${nonce}
echo ${nonce} >&2
eval ${quote(`${script}\n`)} </dev/null
exit
}
`
}

interface Listening {
  readonly exit: Promise<number | 'too much output' | undefined>
  readonly greeted: () => boolean
  readonly reply: (redact: Redact) => Omit<Reply, 'exit'>
}

function listen(channel: Channel, nonce: string): Listening {
  const outputs = { out: new OutputTail(MOST_BYTES + NOISE_BYTES), err: new OutputTail(NOISE_BYTES) }
  const since = performance.now()
  let greetedAt: number | undefined
  const exit = new Promise<number | 'too much output' | undefined>((resolve) => {
    channel.output.on('data', (chunk: Buffer) => {
      outputs.out.push(chunk)
      if (greetedAt === undefined && outputs.out.text().includes(nonce)) greetedAt = performance.now()
      if (outputs.out.length <= MOST_BYTES + NOISE_BYTES) return
      resolve('too much output')
      channel.close()
    })
    channel.errors.on('data', (chunk: Buffer) => outputs.err.push(chunk))
    void channel.ended.then(resolve)
  })
  return {
    exit,
    greeted: () => greetedAt !== undefined,
    reply: (redact) => {
      const [noiseOut, stdout] = around(outputs.out.text(), `${nonce}\n`)
      const [noiseErr, stderr] = around(outputs.err.text(), `${nonce}\n`)
      const loginMs = (greetedAt ?? performance.now()) - since
      return { stdout: redact(stdout), stderr: redact(stderr), noise: redact(noiseOut + noiseErr), loginMs }
    },
  }
}

/** What is before and after a mark; all is after, where the mark is not. */
function around(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark)
  return at < 0 ? ['', text] : [text.slice(0, at), text.slice(at + mark.length)]
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
