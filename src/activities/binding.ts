import { Context } from '@temporalio/activity'
import type { HeartbeatDetails, Binding } from '../host/host.ts'
import type { Secret } from '../shell/secret.ts'
import type { RunRef } from '../workflows/messages.ts'

const BEAT_SECONDS = 3

/** Whom a host is bound to, and what is known of earlier attempts. */
export interface For {
  readonly ref: RunRef
  readonly phase: string
  readonly step: string
  readonly attempt: Binding['attempt']
  readonly secrets: readonly Secret[]
  readonly planHosts?: readonly string[]
  readonly journal?: string
}

/** Gives `work` a binding for as long as it takes. */
export type WhileBound = <Result>(of: For, work: (binding: Binding) => Promise<Result>) => Promise<Result>

/**
 * Gives `work` a binding that beats at once and then every few seconds, carries on from the beat of an attempt that was
 * lost, and stops the remote command only when the workflow asked for it: a paused activity, a worker that shuts down
 * or an attempt that was given up leave it for whoever follows it next.
 */
export async function whileBeating<Result>(
  { ref, ...rest }: For,
  work: (binding: Binding) => Promise<Result>,
): Promise<Result> {
  // Held on to: what a connection calls back knows nothing of the activity that it works for.
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
    // Cancelled is how Temporal must hear of it, whatever the connection said when it was stopped.
    cancelled.throwIfAborted()
    throw error
  } finally {
    clearInterval(timer)
    cancelled.removeEventListener('abort', stopOrLeave)
  }
}
