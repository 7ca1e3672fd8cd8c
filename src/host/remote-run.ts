import { setTimeout as pause } from 'node:timers/promises'
import { HostNotReady, HostUnreachable } from '../errors.ts'
import { throwIfAborted } from './aborted.ts'
import type { Machine } from './channel.ts'
import { FrameReader, NotUnderstood } from './frames.ts'
import type { EndFrame, Frame, Position } from './frames.ts'
import { OutputTail } from './output-tail.ts'
import { callScript, sendScript } from './remote-script.ts'
import type { ScriptCall } from './remote-script.ts'

/** A command to be started under its token, or joined where it was begun. */
export interface RunRequest {
  readonly token: string
  /** Whether somebody has seen it begin: then it is only followed, and a host that knows nothing of it has lost it. */
  readonly begun: boolean
  /** Up to here its output is known. */
  readonly from: Readonly<Position>
  readonly timeoutSeconds: number
  readonly outputCapBytes: number
  /** What the supervisor reads: see `framedInput`. */
  readonly input: string
}

/** Who wants to know what goes on meanwhile. */
export interface RunListener {
  readonly signal: AbortSignal
  readonly begun: () => void
  readonly output: (stream: 'out' | 'err', bytes: Buffer) => void
  /** Called often; with a time while the host cannot be reached. */
  readonly alive: (unreachableSince?: Date) => void
  /** How long a host that was reached in this call may be away before the call gives up. */
  readonly patienceSeconds: number
}

/**
 * Starts or joins a command and follows it to its end, over as many connections as that takes. What the host does never
 * depends on this call going on.
 * @throws HostUnreachable at once where the host was not reached at all, else when patience ends; retried
 * @throws HostNotReady where receipts cannot be written
 * @throws the signal's reason as an AbortError; the command goes on
 */
export async function runOrAttach(
  machine: Machine,
  order: RunRequest,
  follower: RunListener,
): Promise<EndFrame> {
  const session: Session = { position: { ...order.from }, begun: order.begun, reached: false, sent: false }
  let wait = 100
  let lostSince: Date | undefined
  for (;;) {
    throwIfAborted(follower.signal)
    const alive = (): void => {
      wait = 100
      lostSince = undefined
      follower.alive()
    }
    const end = await listen(machine, order, { ...follower, alive }, session).catch((error: unknown) => {
      if (error instanceof HostUnreachable && session.reached) return undefined
      throw error
    })
    throwIfAborted(follower.signal)
    if (end !== undefined && !nothingHappened(end, session)) return end
    lostSince ??= new Date()
    follower.alive(lostSince)
    if (Date.now() - lostSince.getTime() > follower.patienceSeconds * 1000) {
      throw new HostUnreachable(machine.name, `no connection since ${lostSince.toISOString()}`)
    }
    await pause(wait, undefined, { signal: follower.signal }).catch(() => {})
    wait = Math.min(wait * 2, 3000)
  }
}

/** Whether the connection was cut while the order was sent, or the supervisor died before it took the name. */
function nothingHappened({ state }: EndFrame, { begun }: Session): boolean {
  return state === 'short-input' || (state === 'none' && !begun)
}

interface Session {
  readonly position: Position
  begun: boolean
  /** Whether the host answered at all in this call. */
  reached: boolean
  /** Whether the script was sent in this call. */
  sent: boolean
}

/** Follows over one connection; undefined where it broke. */
async function listen(
  machine: Machine,
  order: RunRequest,
  follower: RunListener,
  session: Session,
): Promise<EndFrame | undefined> {
  const { token, timeoutSeconds, outputCapBytes, input } = order
  const { out, err } = session.position
  const call = session.begun
    ? await callScript(machine, ['follow', token, String(out), String(err)])
    : await callScript(machine, ['run', token, String(timeoutSeconds), String(outputCapBytes)], input)
  let hangUp = (): void => {}
  // The program may take its time to notice that we hung up, and who stops a command cannot wait for that.
  const hungUp = new Promise<undefined>((resolve) => {
    hangUp = () => {
      call.lent.close()
      resolve(undefined)
    }
  })
  follower.signal.addEventListener('abort', hangUp)
  try {
    const hearing = readFrames(call, session.position, (frame) => take(frame, session, follower))
    const heard = await Promise.race([hearing, hungUp])
    // We hung up on it: what it did not say then means nothing.
    throwIfAborted(follower.signal)
    if (heard === undefined) return undefined
    session.reached = true
    if (heard.end?.state === 'cannot-write')
      throw new HostNotReady(machine.name, [cannotWrite(machine, heard.complaints)])
    if (heard.end !== undefined || heard.greeted || heard.exitCode === undefined) return heard.end
    if (session.sent)
      throw new HostNotReady(machine.name, [`its sh does not run our script: ${heard.complaints}`])
  } catch (error) {
    if (error instanceof NotUnderstood)
      throw new HostNotReady(machine.name, [`its answer makes no sense: ${error.message}`])
    throw error
  } finally {
    follower.signal.removeEventListener('abort', hangUp)
  }
  // Nothing greeted us, so the script is not there yet.
  await sendScript(machine)
  session.sent = true
  return listen(machine, order, follower, session)
}

function take(frame: Frame, session: Session, follower: RunListener): void {
  session.reached = true
  if (frame.is === 'begun' && !session.begun) {
    session.begun = true
    follower.begun()
  }
  if (frame.is === 'bytes') {
    session.position[frame.stream] += frame.bytes.length
    follower.output(frame.stream, frame.bytes)
  }
  // Not for a state: one that says that nothing happened would be asked for again for ever.
  if (frame.is !== 'state') follower.alive()
}

interface FramesRead {
  readonly end: EndFrame | undefined
  readonly greeted: boolean
  readonly exitCode: number | undefined
  /** What remote-run.sh and its tools said on stderr. */
  readonly complaints: string
}

/** Reads one answer to its last frame, or to where it breaks off; `exitCode` is undefined where asking again may help. */
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
          // It ends by itself then, having said on stderr why.
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
    // One that had waited may have gone before the request came, and 0 means that its supervisor was killed: neither
    // says that the script is not there.
    void lent.ended.then((code) => finish(last, lent.fresh && code !== 0 ? code : undefined))
  })
}

function cannotWrite({ root }: Machine, complaints: string): string {
  return `nothing can be written under ${root}: ${complaints.split('\n').at(-1) || 'no reason given'}; free some space there`
}
