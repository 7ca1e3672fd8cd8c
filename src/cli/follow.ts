import { setTimeout as wait } from 'node:timers/promises'
import type { Temporal } from '../embedded/connection.ts'
import { NoWorker } from '../embedded/not-up.ts'
import { workerIsUp } from '../embedded/worker-process.ts'
import type { Decision } from '../workflows/status.ts'
import { BadInput } from './exit-codes.ts'
import { storyReader } from './read-story.ts'
import { openDecisions } from './story.ts'
import type { Story } from './story.ts'
import type { View } from './views.ts'

const LOOK_EVERY_MS = 500
/** A restarted worker or server is back within this. */
const PATIENCE_MS = 30_000

export interface Following {
  readonly view: View
  /**
   * Called when a decision is open: answers it, or leaves it to somebody else. `gone` is aborted once it is no longer
   * open. 'leave' ends the following; 'answered' goes on; 'wait' goes on without asking for this one again.
   */
  readonly decide: (
    open: { readonly decision: Decision; readonly workflowId: string },
    gone: AbortSignal,
  ) => Promise<'answered' | 'leave' | 'wait'>
  /**
   * Called while nothing answers: may bring back a worker or a server that was killed. Answers the connection to use from
   * now on, where Temporal has moved.
   */
  readonly revive?: () => Promise<Temporal | undefined>
  /** Ends the following although the run goes on. */
  readonly enough?: (story: Story) => boolean
}

/** Follows a run until it and its rollback have ended, or a decision is left to others. @throws NoWorker · BadInput */
export async function follow(temporal: Temporal, run: string, following: Following): Promise<Story> {
  const { view, decide, revive, enough = () => false } = following
  const look = patientReader(temporal, run, revive)
  const leftAlone = new Set<string>()
  for (;;) {
    const story = await look()
    view.show(story)
    if (isOver(story) || enough(story)) return story

    const open = openDecisions(story).find((one) => !leftAlone.has(name(one)))
    if (!open) {
      await wait(LOOK_EVERY_MS)
      continue
    }
    view.pause()
    const gone = new AbortController()
    const watching = abortOnceGone(look, name(open), gone)
    const answer = await decide(open, gone.signal).finally(() => gone.abort())
    await watching
    if (answer === 'leave') return await look()
    if (answer === 'wait') leftAlone.add(name(open))
  }
}

/** Whether nothing more will happen by itself. */
export function isOver({ endedAt, rollBacks }: Story): boolean {
  return endedAt !== undefined && rollBacks.every((rollBack) => rollBack.endedAt !== undefined)
}

/** A decision may be answered in the Temporal UI while it is asked here. */
async function abortOnceGone(
  look: () => Promise<Story>,
  asked: string,
  gone: AbortController,
): Promise<void> {
  while (!gone.signal.aborted) {
    await wait(1000, undefined, { signal: gone.signal }).catch(() => undefined)
    if (gone.signal.aborted) return
    const story = await look().catch(() => undefined)
    if (story && !openDecisions(story).some((open) => name(open) === asked)) gone.abort()
  }
}

/** Reads again where nothing answers for a moment. */
function patientReader(temporal: Temporal, run: string, revive: Following['revive']): () => Promise<Story> {
  let connected = temporal
  let { read } = storyReader(connected, run)
  return async () => {
    for (const since = Date.now(); ;) {
      try {
        return await read()
      } catch (error) {
        if (error instanceof BadInput) throw error
        if (Date.now() - since > PATIENCE_MS) {
          if (!(await workerIsUp(connected))) throw new NoWorker(connected.address)
          throw error
        }
        const moved = await revive?.()
        if (moved) {
          connected = moved
          ;({ read } = storyReader(connected, run))
        }
        await wait(LOOK_EVERY_MS)
      }
    }
  }
}

function name({ decision }: { readonly decision: Decision }): string {
  // A gate that opens anew shows something else: its seal is another.
  return `${decision.decision} ${decision.timesAsked} ${decision.seal ?? ''}`
}
