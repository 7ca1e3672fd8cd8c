import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { HostUnreachable, StepRefused } from '../errors.ts'
import type { Command, Question } from '../shell/command.ts'
import type { Secret } from '../shell/secret.ts'
import type { Machine } from './channel.ts'
import { commandError, tailOf } from './command-ending.ts'
import type { CommandEnding } from './command-ending.ts'
import { exportLines, framedInput, secretsIn } from './command-frame.ts'
import type { EndFrame } from './frames.ts'
import { heartbeatState } from './heartbeat-state.ts'
import type { HeartbeatState } from './heartbeat-state.ts'
import type { Answer, AskedHost, Binding, Host, ReadProgress } from './host.ts'
import { lastBytes, lineReader, OutputTail, TAIL_BYTES } from './output-tail.ts'
import { askedHost, questionFailed } from './questions.ts'
import { cancel, longOutputs } from './receipts.ts'
import { longestForm, redactor } from './redact.ts'
import { runOrAttach } from './remote-run.ts'
import { tokenOf } from './token.ts'

const GRACE_SECONDS = 10
// More interruptions of one measurement have a cause that measuring again does not remove.
const MEASURE_ATTEMPTS = 3

/** A host for one attempt at one step. */
export function boundHost(
  machine: Machine,
  binding: Binding,
  options: { readonly patienceSeconds: number; readonly machineOf?: (host: string) => Machine },
): Host {
  const { runToken, phase, step, attempt, signal } = binding
  const heartbeats = heartbeatState(binding)
  // Each command and question listens to it, and a step may ask many at once.
  setMaxListeners(0, signal)

  function other(host: string): AskedHost {
    const { machineOf } = options
    if (!machineOf || !(binding.planHosts ?? []).includes(host))
      throw new StepRefused(`the host "${host}" is not a host of the plan; add it to hosts:`, {
        isOfPlan: true,
      })
    return askedHost(machineOf(host), binding)
  }

  // Sent with the first command: later ones build on it, and so does the undo of the step.
  let journal = binding.journal ?? ''

  async function run(name: string, command: Command, progress?: ReadProgress): Promise<Answer> {
    const token = tokenOf({ runToken, phase, step, attempt, name })
    const ending = await follow({ token, command, journal, progress })
    journal = ''
    if (ending.end.state === 'exited' && ending.end.code === '0') return ending.answer
    throw commandError({ host: machine.name, name, token }, ending)
  }

  async function measure(name: string, question: Question, progress?: ReadProgress): Promise<Answer> {
    const command: Command = { ...question, is: 'command', outputCapBytes: Number.MAX_SAFE_INTEGER }
    const prefix = `${tokenOf({ runToken, phase, step, attempt: 'inspect', name })}-`
    let token = heartbeats.known().find((known) => known.startsWith(prefix))
    let isAttached = token !== undefined
    for (let attempts = 1; ; attempts++) {
      // A new token each time: an earlier measurement may no longer be true.
      token ??= prefix + randomBytes(6).toString('hex')
      const { end, answer } = await follow({ token, command, journal: '', progress })
      heartbeats.forget(token)
      token = undefined
      if (end.state === 'exited') {
        if (end.code === '0') return answer
        const reply = { exit: end.code, stdout: '', stderr: tailOf(answer) }
        const error = questionFailed(machine.name, question.script, reply)
        // The engine was away for the attached measurement: attaching to it again would fail the same way each time.
        if (!(isAttached && error instanceof HostUnreachable)) throw error
        isAttached = false
        continue
      }
      if (attempts === MEASURE_ATTEMPTS)
        throw new HostUnreachable(machine.name, `${name} was ${end.state} ${attempts} times`)
    }
  }

  async function follow({ token, command, journal, progress }: FollowedCommand): Promise<CommandEnding> {
    const { script, environment, timeoutSeconds, outputCapBytes } = command
    const outputs = collectOutput([...binding.secrets, ...secretsIn(environment)], progress, heartbeats)
    const { begun, from } = heartbeats.resume(token, outputs.keepBytes)
    const request = {
      ...{ token, begun, from, timeoutSeconds, outputCapBytes },
      input: framedInput({ script, environment: exportLines(environment), journal }),
    }
    try {
      const end = await runOrAttach(machine, request, {
        signal,
        patienceSeconds: options.patienceSeconds,
        begun: () => heartbeats.begun(token, from),
        output: (stream, bytes) => {
          heartbeats.read(token, stream, bytes.length)
          outputs.push(stream, bytes)
        },
        alive: (since) => heartbeats.alive(since),
      })
      const long = end.state === 'exited' ? await longOutputs(machine, token, end, signal) : []
      const sha256 = long.find(({ stream }) => stream === 'stdout')?.sha256
      const answer = outputs.answer(end, from.out)
      return {
        ...{ end, longOutputs: long },
        answer: sha256 === undefined ? answer : { ...answer, stdoutSha256: sha256 },
      }
    } catch (error) {
      if (signal.aborted && signal.reason === 'stop') await stop(token)
      throw error
    }
  }

  /** Stops a command and waits until it has ended: what the caller does next must not meet a running command. */
  async function stop(token: string): Promise<void> {
    const until = AbortSignal.timeout((options.patienceSeconds + GRACE_SECONDS) * 1000)
    for (; ; await pause(1000)) {
      const stopped = await cancel(machine, token, { graceSeconds: GRACE_SECONDS, signal: until }).catch(
        (error: unknown) => {
          if (error instanceof HostUnreachable && !until.aborted) return undefined
          throw error
        },
      )
      const isRunning = stopped === undefined || ['running', 'orphaned'].includes(stopped.state)
      if (!isRunning || until.aborted) return
      heartbeats.alive(new Date())
    }
  }

  return {
    ownerLabel: `${runToken}/${phase}/${step}`,
    originals: `${machine.root}/originals/${runToken}/${phase}/${step}`,
    ...askedHost(machine, binding),
    ...{ other, run, measure },
  }
}

interface FollowedCommand {
  readonly token: string
  readonly command: Command
  readonly journal: string
  readonly progress: ReadProgress | undefined
}

/** Keeps the ends of both outputs, with secrets replaced, and reports progress line by line. */
function collectOutput(
  secrets: readonly Secret[],
  progress: ReadProgress | undefined,
  heartbeats: Pick<HeartbeatState, 'progress'>,
) {
  const redact = redactor(secrets)
  // More than is returned: a secret that the cut splits would not be found.
  const keepBytes = TAIL_BYTES + longestForm(secrets)
  const tails = { out: new OutputTail(keepBytes), err: new OutputTail(keepBytes) }
  const readLine = lineReader((line) => {
    const read = progress?.(redact(line))
    if (read !== undefined) heartbeats.progress(read)
  })
  const returned = (tail: OutputTail): string => lastBytes(redact(tail.text()), TAIL_BYTES)
  return {
    keepBytes,
    push(stream: 'out' | 'err', bytes: Buffer): void {
      tails[stream].push(bytes)
      if (progress !== undefined) readLine(bytes)
    },
    /** `skippedBytes` of stdout came before the first chunk. */
    answer: ({ code }: EndFrame, skippedBytes: number): Answer => ({
      exitCode: Number(code) || 0,
      stdout: returned(tails.out),
      stderr: returned(tails.err),
      stdoutBytes: skippedBytes + tails.out.length,
    }),
  }
}
