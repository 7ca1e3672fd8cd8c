import type { WorkflowHandle } from '@temporalio/client'
import { setTimeout as wait } from 'node:timers/promises'
import type { RunRequest } from '../workflows/messages.ts'
import type { Preview } from '../workflows/previews.ts'
import { beatsOf } from './read-workflow.ts'
import { redraw } from './redraw.ts'
import { progressText } from './rendering/progress.ts'
import { took } from './rendering/time.ts'
import { note } from './terminal.ts'

export type PreviewPlan = (request: RunRequest & { readonly audit?: boolean }) => Promise<Preview>

const TOLD_EVERY_MS = 1000

/**
 * The preview that a workflow makes. Meanwhile it says what is done and what stands in the way: on a terminal in a line that
 * is redrawn, else only trouble, once. Ctrl-C ends the looking on the hosts too.
 * @throws WorkflowFailedError
 */
export async function waitForPreview(handle: WorkflowHandle<PreviewPlan>): Promise<Preview> {
  const over = new AbortController()
  const interrupted = () => {
    void handle
      .cancel()
      .catch(() => undefined)
      .then(() => {
        note('\nnothing is looked at any more; nothing was changed')
        process.exit(130)
      })
  }
  process.once('SIGINT', interrupted)
  const telling = tell(handle, over.signal)
  try {
    return await handle.result()
  } finally {
    over.abort()
    process.removeListener('SIGINT', interrupted)
    await telling
  }
}

async function tell(handle: WorkflowHandle<PreviewPlan>, over: AbortSignal): Promise<void> {
  const since = Date.now()
  const picture = process.stderr.isTTY
    ? redraw(process.stderr, { colours: process.env['NO_COLOR'] === undefined })
    : undefined
  const told = new Set<string>()
  for (;;) {
    await wait(TOLD_EVERY_MS, undefined, { signal: over }).catch(() => undefined)
    if (over.aborted) break
    const { doing, trouble } = await now(handle)
    if (picture)
      picture.draw([`${doing}, ${took(Date.now() - since)}`, ...trouble.map((line) => `  ${line}`)])
    else for (const line of trouble.filter((one) => !told.has(one))) note(line)
    for (const line of trouble) told.add(line)
  }
  picture?.clear()
}

/** Temporal may be gone for a moment; then there is nothing to tell. */
async function now(
  handle: WorkflowHandle<PreviewPlan>,
): Promise<{ readonly doing: string; readonly trouble: readonly string[] }> {
  const described = await handle.describe().catch(() => undefined)
  const pending = described?.raw.pendingActivities ?? []
  const looks = pending.some(({ activityType }) => activityType?.name === 'lookAhead')
  const beats = described ? beatsOf(described) : []
  const isCut = beats.some(({ unreachableSince }) => unreachableSince !== undefined)
  const how = isCut ? '' : progressText(beats[0], new Date())
  return {
    doing: `${looks ? 'looking at every step' : 'reading the plan and asking its hosts'}${how === '' ? '' : `: ${how}`}`,
    trouble: [
      ...(isCut ? ['a host cannot be reached; it is tried again and again'] : []),
      ...pending.flatMap(({ lastFailure }) => (lastFailure?.message ? [lastFailure.message] : [])),
    ],
  }
}
