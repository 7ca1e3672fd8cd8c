import { randomBytes } from 'node:crypto'
import { HostNotReady, HostUnreachable, QuestionFailed } from '../errors.ts'
import type { Question } from '../shell/command.ts'
import { quote } from '../shell/script.ts'
import { Secret } from '../shell/secret.ts'
import { sourceText } from '../shell/source-text.ts'
import { orAborted } from './channel.ts'
import type { LentChannel, Machine } from './channel.ts'
import { exportLines, secretsIn } from './command-frame.ts'
import type { AskedHost, Binding } from './host.ts'
import { MarkedOutput } from './marked-output.ts'
import { TAIL_BYTES } from './output-tail.ts'
import { redactor } from './redact.ts'
import type { Redact } from './redact.ts'

const LIMIT_BYTES = 4 * 1024 * 1024
// For the output of login scripts before an answer, and for stderr.
const NOISE_BYTES = 64 * 1024

const program = sourceText('host/question.sh')

/** A machine that answers the questions of one attempt at one step. Nothing is left on it. */
export function askedHost(machine: Machine, { signal, secrets }: Binding): AskedHost {
  async function ask(question: Question, answer: 'shown' | 'secret'): Promise<Reply> {
    const redact = redactor([...secrets, ...secretsIn(question.environment)])
    return askHost(machine, question, { signal, redact, answer })
  }

  return {
    name: machine.name,
    async ask(question) {
      const reply = await ask(question, 'shown')
      if (reply.exit !== '0') throw questionFailed(machine.name, question.script, reply)
      return reply.stdout
    },
    async test(question) {
      const reply = await ask(question, 'shown')
      if (reply.exit !== '0' && reply.exit !== '1') throw questionFailed(machine.name, question.script, reply)
      return reply.exit === '0'
    },
    async askSecret(question) {
      const reply = await ask(question, 'secret')
      // Output before the failure is as secret as the rest.
      if (reply.exit !== '0') throw questionFailed(machine.name, question.script, { ...reply, stdout: '' })
      return new Secret(reply.stdout)
    },
  }
}

/** The output and exit of a question's script. */
export interface Reply {
  /** `timeout`, `too much output`, or the exit code. */
  readonly exit: string
  readonly stdout: string
  readonly stderr: string
  /** The output of login scripts, and the time until the login shell began with the question. */
  readonly noise: string
  readonly loginMs: number
}

export interface AskOptions {
  /** Hangs up when aborted. */
  readonly signal: AbortSignal
  /** Applied to everything that is returned or thrown. */
  readonly redact: Redact
  /** Whether to log in for this question, so that `noise` and `loginMs` describe a login. Default: no. */
  readonly fresh?: boolean
  /** A `secret` answer is returned unredacted, and must not be shown. Default: `shown`. */
  readonly answer?: 'shown' | 'secret'
}

/**
 * Asks a host over the pooled connection, without a receipt. Asks again once if the connection breaks.
 * @throws HostUnreachable; retried
 */
export async function askHost(machine: Machine, question: Question, options: AskOptions): Promise<Reply> {
  return askOnce(machine, question, options).catch((error: unknown) => {
    if (!(error instanceof ConnectionBroke)) throw error
    return askOnce(machine, question, options)
  })
}

/**
 * Returns the error for a reply that is not an answer. A Docker engine that restarts is treated like an unreachable host:
 * a question can be asked again.
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
      `its Docker engine does not answer (exit code ${exit}); if it is not restarting, start it: systemctl start docker`,
    )
  }
  return new QuestionFailed(host, { script, exit, tail })
}

/** The docker CLI's errors if no engine listens, or if the engine died while it answered. */
const ENGINE_IS_AWAY = /Cannot connect to the Docker daemon|error during connect: .*EOF/i

class ConnectionBroke extends HostUnreachable {}

async function askOnce(machine: Machine, question: Question, options: AskOptions): Promise<Reply> {
  const { signal, redact, fresh = false, answer } = options
  const nonce = randomBytes(12).toString('hex')
  // The login shell only has to understand `sh`: the question comes on stdin.
  const lent = await machine.transport.borrow([...machine.launch, 'sh'], { fresh })
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), question.timeoutSeconds * 1000)
  })
  try {
    const reading = listen(lent, nonce)
    lent.input.write(programFor(question, nonce))
    const exit = await orAborted(Promise.race([reading.exit, timeout]), signal, lent)
    const reply = { exit: String(exit), ...reading.reply(redact, answer) }
    if (exit !== undefined && (reading.began() || exit === 'timeout')) return reply
    const code = await lent.ended
    if (reading.began() || code === undefined || !lent.fresh)
      throw new ConnectionBroke(machine.name, 'the connection broke')
    throw new HostNotReady(machine.name, [
      `sh could not be started: ${lastLine(reply.stderr) || `exit code ${code}`}`,
    ])
  } finally {
    clearTimeout(timer)
    lent.close()
  }
}

/** The text to write to a shell. */
export function programFor({ script, environment }: Question, nonce: string): string {
  const assignments = { nonce, exports: exportLines(environment), question: script }
  const lines = Object.entries(assignments).map(([name, value]) => `${name}=${quote(value)}\n`)
  return `{\n${lines.join('')}${program}}\n`
}

interface Reading {
  /** Undefined if the shell or the connection ended first. */
  readonly exit: Promise<number | 'too much output' | undefined>
  readonly began: () => boolean
  readonly reply: (redact: Redact, answer: AskOptions['answer']) => Omit<Reply, 'exit'>
}

function listen(lent: LentChannel, nonce: string): Reading {
  const [begin, end] = [`begin-${nonce}`, `end-${nonce}`]
  const out = new MarkedOutput(LIMIT_BYTES + NOISE_BYTES, begin, end)
  const err = new MarkedOutput(NOISE_BYTES, begin, end)
  const since = performance.now()
  let beganAt: number | undefined
  const exit = new Promise<number | 'too much output' | undefined>((resolve) => {
    const confirm = (): void => {
      if (out.after === undefined || err.after === undefined) return
      lent.input.write('\n')
      lent.giveBack()
      resolve(Number(err.after))
    }
    const output = (chunk: Buffer): void => {
      out.push(chunk)
      if (out.begun) beganAt ??= performance.now()
      if (out.length > LIMIT_BYTES + NOISE_BYTES) resolve('too much output')
      confirm()
    }
    const errors = (chunk: Buffer): void => {
      err.push(chunk)
      confirm()
    }
    lent.listen({ output, errors })
    void lent.ended.then(() => resolve(undefined))
  })
  return {
    exit,
    began: () => beganAt !== undefined,
    reply: (redact, answer) => {
      const loginMs = (beganAt ?? performance.now()) - since
      const noise = redact(out.before + err.before)
      const stdout = answer === 'secret' ? out.text : redact(out.text)
      return { stdout, stderr: redact(err.text), noise, loginMs }
    },
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
