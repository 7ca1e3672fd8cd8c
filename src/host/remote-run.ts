import { setTimeout as pause } from 'node:timers/promises'
import { HostNotReady, HostUnreachable } from '../errors.ts'
import { orAborted, throwIfAborted } from './channel.ts'
import type { Machine } from './channel.ts'
import { FrameReader, NotUnderstood } from './frames.ts'
import type { EndFrame, Frame, Position } from './frames.ts'
import { OutputTail } from './output-tail.ts'
import { callScript, sendScript } from './remote-script.ts'
import type { ScriptCall } from './remote-script.ts'

/** A command to start under its token, or to attach to. */
export interface RunRequest {
  readonly token: string
  /** Whether an earlier call saw the command begin. Then it is only followed; a host without its receipt has lost it. */
  readonly begun: boolean
  /** The output up to here is known. */
  readonly from: Readonly<Position>
  readonly timeoutSeconds: number
  readonly outputCapBytes: number
  /** The input of the supervisor: see `framedInput`. */
  readonly input: string
}

export interface RunListener {
  readonly signal: AbortSignal
  readonly begun: () => void
  readonly output: (stream: 'out' | 'err', bytes: Buffer) => void
  /** Called often; with a time while the host cannot be reached. */
  readonly alive: (unreachableSince?: Date) => void
  /** How long the call waits for a host that was reached before. */
  readonly patienceSeconds: number
}

/**
 * Starts a command or attaches to it, and follows it to its end over any number of connections. The command on the host
 * does not depend on this call.
 * @throws HostUnreachable at once if the host was never reached, otherwise after `patienceSeconds`; retried
 * @throws HostNotReady if the host cannot write receipts, or its answer is not understood; never retried
 * @throws AbortError when the signal aborts; the command continues
 */
export async function runOrAttach(
  machine: Machine,
  request: RunRequest,
  listener: RunListener,
): Promise<EndFrame> {
  const session: Session = {
    ...{ position: { ...request.from }, begun: request.begun, reached: false, scriptSent: false },
  }
  let wait = 100
  let lostSince: Date | undefined
  for (;;) {
    throwIfAborted(listener.signal)
    const alive = (): void => {
      wait = 100
      lostSince = undefined
      listener.alive()
    }
    const end = await follow(machine, request, { ...listener, alive }, session).catch((error: unknown) => {
      if (error instanceof HostUnreachable && session.reached) return undefined
      throw error
    })
    throwIfAborted(listener.signal)
    if (end !== undefined && !nothingHappened(end, session)) return end
    lostSince ??= new Date()
    listener.alive(lostSince)
    if (Date.now() - lostSince.getTime() > listener.patienceSeconds * 1000) {
      throw new HostUnreachable(machine.name, `no connection since ${lostSince.toISOString()}`)
    }
    await pause(wait, undefined, { signal: listener.signal }).catch(() => {})
    wait = Math.min(wait * 2, 3000)
  }
}

/** Whether the connection was cut during the request, or the supervisor died before it claimed the token. */
function nothingHappened({ state }: EndFrame, { begun }: Session): boolean {
  return state === 'short-input' || (state === 'none' && !begun)
}

interface Session {
  readonly position: Position
  begun: boolean
  /** Whether the host answered in this call. */
  reached: boolean
  /** Whether the script was sent in this call. */
  scriptSent: boolean
}

/** Follows a command over one connection. Undefined if the connection broke. */
async function follow(
  machine: Machine,
  request: RunRequest,
  listener: RunListener,
  session: Session,
): Promise<EndFrame | undefined> {
  const { token, timeoutSeconds, outputCapBytes, input } = request
  const { out, err } = session.position
  const call = session.begun
    ? await callScript(machine, ['follow', token, String(out), String(err)])
    : await callScript(machine, ['run', token, String(timeoutSeconds), String(outputCapBytes)], input)
  try {
    const reading = readFrames(call, session.position, (frame) => take(frame, session, listener))
    const { end, greeted, exitCode, complaints } = await orAborted(reading, listener.signal, call.lent)
    session.reached = true
    if (end?.state === 'cannot-write')
      throw new HostNotReady(machine.name, [cannotWrite(machine, complaints)])
    if (end !== undefined || greeted || exitCode === undefined) return end
    if (session.scriptSent)
      throw new HostNotReady(machine.name, [`its sh cannot run remote-run.sh: ${complaints}`])
  } catch (error) {
    if (error instanceof NotUnderstood) throw notUnderstood(machine, error.message)
    throw error
  }
  // Without a nonce the script did not run: the host does not have it yet.
  await sendScript(machine, listener.signal)
  session.scriptSent = true
  return follow(machine, request, listener, session)
}

/** The error for an answer that remote-run.sh never gives. */
export function notUnderstood({ name }: Machine, reason: string): HostNotReady {
  return new HostNotReady(name, [`its answer does not come from remote-run.sh: ${reason}`])
}

function take(frame: Frame, session: Session, listener: RunListener): void {
  session.reached = true
  if (frame.is === 'begun' && !session.begun) {
    session.begun = true
    listener.begun()
  }
  if (frame.is === 'bytes') {
    session.position[frame.stream] += frame.bytes.length
    listener.output(frame.stream, frame.bytes)
  }
  // Not for a state: after one that means that nothing happened, the loop would never run out of patience.
  if (frame.is !== 'state') listener.alive()
}

interface FramesRead {
  readonly end: EndFrame | undefined
  readonly greeted: boolean
  readonly exitCode: number | undefined
  /** The stderr of remote-run.sh and its tools. */
  readonly complaints: string
}

/**
 * Reads one answer to its last frame, or to where the connection broke. `exitCode` is undefined if another request may help.
 * @throws NotUnderstood
 */
export async function readFrames(
  call: ScriptCall,
  from: Readonly<Partial<Position>>,
  take: (frame: Frame) => void,
): Promise<FramesRead> {
  const { lent, nonce } = call
  const reader = new FrameReader(nonce, from)
  const errors = new OutputTail(2048)
  return new Promise((resolve, reject) => {
    const finish = (end: EndFrame | undefined, exitCode: number | undefined): void =>
      resolve({
        end,
        greeted: reader.greeted,
        exitCode,
        complaints: errors.text().split(nonce).at(-1)?.trim() ?? '',
      })
    let last: EndFrame | undefined
    const output = (chunk: Buffer): void => {
      try {
        for (const frame of reader.push(chunk)) {
          take(frame)
          if (frame.is !== 'state') continue
          // The program then ends by itself, after it has written the reason to stderr.
          if (frame.state === 'cannot-write') return void (last = frame)
          lent.giveBack()
          return finish(frame, 0)
        }
      } catch (error) {
        lent.close()
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    }
    lent.listen({ output, errors: (chunk) => errors.push(chunk) })
    // A program that had waited may have ended before the request, and code 0 means that the supervisor was killed: neither
    // shows that the script is missing.
    void lent.ended.then((code) => finish(last, lent.fresh && code !== 0 ? code : undefined))
  })
}

function cannotWrite({ root }: Machine, complaints: string): string {
  return `nothing can be written under ${root}: ${complaints.split('\n').at(-1) || 'no reason given'}; free disk space on the host`
}
