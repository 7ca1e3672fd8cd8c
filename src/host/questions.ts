import { randomBytes } from 'node:crypto'
import { HostNotReady, HostUnreachable, QuestionFailed } from '../errors.ts'
import type { Question } from '../shell/command.ts'
import { throwIfAborted } from './aborted.ts'
import type { LentChannel, Machine } from './channel.ts'
import { MarkedOutput } from './marked-output.ts'
import { begin, end, HEARD, program } from './question-program.ts'
import type { Redact } from './redact.ts'

const MOST_BYTES = 4 * 1024 * 1024
const TAIL_BYTES = 16 * 1024
// For what login scripts print before an answer, and for what it says on stderr.
const NOISE_BYTES = 64 * 1024

/** What a question's script printed and ended with. */
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
export interface AskOptions {
  readonly signal: AbortSignal
  readonly redact: Redact
  /** Whether a shell of its own is started for the question, so that `noise` and `loginMs` tell of a login. */
  readonly fresh?: boolean
  /** A secret answer is not searched for secrets: it comes as it was printed, and must not be shown. */
  readonly answer?: 'to be shown' | 'secret'
}

/**
 * Asks a host: plain, over the pooled connection, with no receipt. A broken connection is made again once.
 * @throws HostUnreachable; retried
 */
export async function askHost(machine: Machine, question: Question, asker: AskOptions): Promise<Reply> {
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

async function askOnce(machine: Machine, question: Question, asker: AskOptions): Promise<Reply> {
  const { signal, redact, fresh = false, answer } = asker
  const nonce = randomBytes(12).toString('hex')
  // All that a login shell has to understand is `sh`; what is asked comes on stdin.
  const lent = await machine.transport.borrow([...machine.launch, 'sh'], { fresh })
  const listening = new AbortController()
  const aborted = new Promise<undefined>((resolve) => {
    // A step's signal is asked with many times over: what listens goes with its question.
    signal.addEventListener('abort', () => resolve(undefined), { signal: listening.signal })
  })
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), question.timeoutSeconds * 1000)
  })
  try {
    const heard = listen(lent, nonce)
    lent.input.write(program(question, nonce))
    const exit = await Promise.race([heard.exit, timeout, aborted])
    throwIfAborted(signal)
    const reply = { exit: String(exit), ...heard.reply(redact, answer) }
    if (exit !== undefined && (heard.greeted() || exit === 'timeout')) return reply
    const code = await lent.ended
    if (heard.greeted() || code === undefined || !lent.fresh)
      throw new ConnectionBroke(machine.name, 'the connection broke')
    throw new HostNotReady(machine.name, [
      `sh could not be started: ${lastLine(reply.stderr) || `it ended with ${code}`}`,
    ])
  } finally {
    clearTimeout(timer)
    listening.abort()
    lent.close()
  }
}

interface Listening {
  /** Undefined where the shell or the connection ended first. */
  readonly exit: Promise<number | 'too much output' | undefined>
  readonly greeted: () => boolean
  readonly reply: (redact: Redact, answer: AskOptions['answer']) => Omit<Reply, 'exit'>
}

function listen(lent: LentChannel, nonce: string): Listening {
  const out = new MarkedOutput(MOST_BYTES + NOISE_BYTES, begin(nonce), end(nonce))
  const err = new MarkedOutput(NOISE_BYTES, begin(nonce), end(nonce))
  const since = performance.now()
  let greetedAt: number | undefined
  const exit = new Promise<number | 'too much output' | undefined>((resolve) => {
    const answered = (): void => {
      if (out.after === undefined || err.after === undefined) return
      lent.input.write(HEARD)
      lent.giveBack()
      resolve(Number(err.after))
    }
    const output = (chunk: Buffer): void => {
      out.push(chunk)
      if (out.begun) greetedAt ??= performance.now()
      if (out.length > MOST_BYTES + NOISE_BYTES) resolve('too much output')
      answered()
    }
    const errors = (chunk: Buffer): void => {
      err.push(chunk)
      answered()
    }
    lent.listen({ output, errors })
    void lent.ended.then(() => resolve(undefined))
  })
  return {
    exit,
    greeted: () => greetedAt !== undefined,
    reply: (redact, answer) => {
      const loginMs = (greetedAt ?? performance.now()) - since
      const noise = redact(out.before + err.before)
      const stdout = answer === 'secret' ? out.text : redact(out.text)
      return { stdout, stderr: redact(err.text), noise, loginMs }
    },
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
