import { Context } from '@temporalio/activity'
import type { HeartbeatDetails, Binding } from '../host/host.ts'
import type { Secret } from '../shell/secret.ts'
import type { RunRef } from '../workflows/messages.ts'

const BEAT_SECONDS = 3

/** The step and run for which a host is bound. */
export interface BindingRequest {
  readonly ref: RunRef
  readonly phase: string
  readonly step: string
  readonly attempt: Binding['attempt']
  readonly secrets: readonly Secret[]
  readonly planHosts?: readonly string[]
  readonly journal?: string
}

/** Runs `work` with a binding. */
export type WithBinding = <Result>(
  of: BindingRequest,
  work: (binding: Binding) => Promise<Result>,
) => Promise<Result>

/**
 * Runs `work` with a binding that sends a heartbeat at once and then every 3 seconds, and resumes from the heartbeat of a
 * lost attempt. The remote command is stopped only if the workflow cancelled the activity: after a pause, a worker's
 * shutdown or a timeout it keeps running, and the next attempt follows it.
 */
export async function withHeartbeats<Result>(
  { ref, ...rest }: BindingRequest,
  work: (binding: Binding) => Promise<Result>,
): Promise<Result> {
  // Kept: callbacks of a connection run outside of the activity's async context.
  const activity = Context.current()
  const cancelled = activity.cancellationSignal
  const resume = activity.info.heartbeatDetails as HeartbeatDetails | undefined
  let last: HeartbeatDetails = resume ?? {}
  const beat = (details: HeartbeatDetails) => {
    last = { ...last, ...details }
    activity.heartbeat(last)
  }
  const stop = new AbortController()
  const stopOrLeave = () =>
    stop.abort(activity.cancellationDetails?.cancelRequested === true ? 'stop' : 'leave')
  cancelled.addEventListener('abort', stopOrLeave, { once: true })
  beat({})
  const timer = setInterval(() => activity.heartbeat(last), BEAT_SECONDS * 1000)
  try {
    return await work({
      runToken: ref.token,
      ...rest,
      signal: stop.signal,
      beat,
      ...(resume ? { resume } : {}),
    })
  } catch (error) {
    // Temporal must see a cancellation, whatever error the stopped connection raised.
    cancelled.throwIfAborted()
    throw error
  } finally {
    clearInterval(timer)
    cancelled.removeEventListener('abort', stopOrLeave)
  }
}
