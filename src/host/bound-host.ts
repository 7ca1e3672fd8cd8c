import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { HostUnreachable, StepRefused } from '../errors.ts'
import type { Command, Question } from '../shell/command.ts'
import { asking } from './asking.ts'
import { heartbeatState } from './heartbeat-state.ts'
import type { Machine } from './channel.ts'
import { exportLines, secretsIn } from './environment.ts'
import { commandError, tailOf } from './ending.ts'
import type { CommandEnding } from './ending.ts'
import type { Answer, AskedHost, Binding, Host, ReadProgress } from './host.ts'
import { keptOutput } from './kept-output.ts'
import { framedInput } from './command-frame.ts'
import { questionFailed } from './questions.ts'
import { cancel, longOutputs } from './receipts.ts'
import { runOrAttach } from './remote-run.ts'
import { tokenOf } from './token.ts'

const GRACE_SECONDS = 10
// A measurement that is interrupted again and again is not the host's fault alone.
const MEASURE_TRIES = 3

/** A host for one attempt at one step. */
export function boundHost(
  machine: Machine,
  binding: Binding,
  options: { readonly patienceSeconds: number; readonly machineOf?: (host: string) => Machine },
): Host {
  const { runToken, phase, step, attempt, signal } = binding
  const telling = heartbeatState(binding)
  // Each thing that is going on listens to it; a step may ask many questions at once.
  setMaxListeners(0, signal)

  function other(host: string): AskedHost {
    const { machineOf } = options
    if (!machineOf || !(binding.planHosts ?? []).includes(host))
      throw new StepRefused(`the host ${host} is not among those of the plan; name it in hosts`)
    return asking(machineOf(host), binding)
  }

  // What starts later stands on the first command, and so does its journal entry.
  let journal = binding.journal ?? ''

  async function run(name: string, command: Command, progress?: ReadProgress): Promise<Answer> {
    const token = tokenOf({ runToken, phase, step, attempt, name })
    const told = await follow({ token, command, journal, progress })
    journal = ''
    if (told.end.state === 'exited' && told.end.code === '0') return told.answer
    throw commandError({ host: machine.name, name, token }, told)
  }

  async function measure(name: string, question: Question, progress?: ReadProgress): Promise<Answer> {
    const command: Command = { ...question, is: 'command', outputCapBytes: Number.MAX_SAFE_INTEGER }
    const prefix = `${tokenOf({ runToken, phase, step, attempt: 'look', name })}-`
    let token = telling.known().find((known) => known.startsWith(prefix))
    let isJoined = token !== undefined
    for (let tries = 1; ; tries++) {
      // A name of its own each time: what was measured once is not true for ever.
      token ??= prefix + randomBytes(6).toString('hex')
      const told = await follow({ token, command, journal: '', progress })
      telling.forget(token)
      token = undefined
      if (told.end.state === 'exited') {
        if (told.end.code === '0') return told.answer
        const said = { exit: told.end.code, stdout: '', stderr: tailOf(told.answer) }
        const error = questionFailed(machine.name, question.script, said)
        // What an earlier attempt met was away then: joined again and again it would be away for ever.
        if (!(isJoined && error instanceof HostUnreachable)) throw error
        isJoined = false
        continue
      }
      if (tries === MEASURE_TRIES)
        throw new HostUnreachable(machine.name, `${name} was ${told.end.state} ${tries} times`)
    }
  }

  async function follow({ token, command, journal, progress }: Following): Promise<CommandEnding> {
    const { script, environment, timeoutSeconds, outputCapBytes } = command
    const secrets = [...binding.secrets, ...secretsIn(environment)]
    const outputs = keptOutput(secrets, progress, telling)
    const { begun, from } = telling.resume(token, outputs.keepBytes)
    const order = {
      ...{ token, begun, from, timeoutSeconds, outputCapBytes },
      input: framedInput({ script, environment: exportLines(environment), journal: journal }),
    }
    try {
      const end = await runOrAttach(machine, order, {
        signal,
        patienceSeconds: options.patienceSeconds,
        begun: () => telling.begun(token, from),
        output: (stream, bytes) => {
          telling.read(token, stream, bytes.length)
          outputs.take(stream, bytes)
        },
        alive: (since) => telling.alive(since),
      })
      const printed = end.state === 'exited' ? await longOutputs(machine, token, end) : []
      const sha256 = printed.find(({ stream }) => stream === 'stdout')?.sha256
      const answer = outputs.answer(end, from.out)
      return { end, printed, answer: sha256 === undefined ? answer : { ...answer, stdoutSha256: sha256 } }
    } catch (error) {
      if (signal.aborted && signal.reason === 'stop') await stop(token)
      throw error
    }
  }

  /** Whoever stops a command waits until it is stopped: what comes next must not meet it still at work. */
  async function stop(token: string): Promise<void> {
    for (const until = Date.now() + options.patienceSeconds * 1000; ; await pause(1000)) {
      const stopped = await cancel(machine, token, GRACE_SECONDS).catch((error: unknown) => {
        if (error instanceof HostUnreachable && Date.now() < until) return undefined
        throw error
      })
      const goesOn = stopped === undefined || ['running', 'orphaned'].includes(stopped.state)
      if (!goesOn || (stopped !== undefined && Date.now() > until)) return
      telling.alive(new Date())
    }
  }

  return {
    ownerLabel: `${runToken}/${phase}/${step}`,
    originals: `${machine.root}/originals/${runToken}/${phase}/${step}`,
    ...asking(machine, binding),
    ...{ other, run, measure },
  }
}

interface Following {
  readonly token: string
  readonly command: Command
  readonly journal: string
  readonly progress: ReadProgress | undefined
}
