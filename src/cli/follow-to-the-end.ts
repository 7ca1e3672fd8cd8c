import { readConfig } from '../config.ts'
import { findMoved } from '../embedded/bring-up.ts'
import type { Temporal } from '../embedded/connection.ts'
import { approveGates, decideHere, leaveToOthers } from './deciding.ts'
import type { ExitCode } from './exit-codes.ts'
import { follow, isOver } from './follow.ts'
import type { Following } from './follow.ts'
import { exitCodeFor } from './outcome.ts'
import { reportLines } from './rendering/report.ts'
import { openDecisionLines } from './rendering/status-lines.ts'
import { storyForScripts } from './story.ts'
import { note, print, printJson, someoneIsThere } from './terminal.ts'
import { lineView, noView, redrawView } from './views.ts'

export interface FollowOptions {
  readonly by: string
  readonly json?: boolean
  /** Gates are approved as whoever started the run. */
  readonly yes?: boolean
  /** Ends the following although the run goes on. */
  readonly enough?: Following['enough']
  /** Brings back what was killed; answers a connection where Temporal is no longer at the address of `known`. */
  readonly revive?: (known: Temporal) => Promise<Temporal | undefined>
}

/** Follows a run, lets people decide, and prints how it ended: what every command does that sets a run going. */
export async function followToTheEnd(
  temporal: Temporal,
  run: string,
  options: FollowOptions,
): Promise<ExitCode> {
  const { by, json = false, yes = false, enough, revive = findsMoved } = options
  const onPicture = someoneIsThere() && !json
  const colours = process.env['NO_COLOR'] === undefined
  const view = json ? noView : onPicture ? redrawView(process.stdout, { colours }) : lineView(print)
  let connected = temporal
  const current = () => connected
  const people = onPicture ? decideHere(current, by) : leaveToOthers

  const interrupted = () => {
    note(
      `\nnot followed any more; the run goes on\n  next: reinstate status ${run} --follow\n  next: reinstate cancel ${run}`,
    )
    process.exit(130)
  }
  process.once('SIGINT', interrupted)
  try {
    const story = await follow(temporal, run, {
      view,
      decide: yes ? approveGates(current, by, people) : people,
      ...(enough ? { enough } : {}),
      revive: async () => {
        const moved = await revive(connected)
        if (moved && connected !== temporal) await connected.close()
        connected = moved ?? connected
        return moved
      },
    })
    if (json) printJson(storyForScripts(story))
    else if (isOver(story)) print(['', ...reportLines(story)])
    else {
      print(openDecisionLines(story, { now: new Date() }))
      note(`the run goes on\n  next: reinstate status ${run} --follow`)
    }
    return exitCodeFor(story)
  } finally {
    process.removeListener('SIGINT', interrupted)
    // The first connection is the caller's.
    if (connected !== temporal) await connected.close()
  }
}

/** Another command may have brought Temporal back at another address. */
const findsMoved = (known: Temporal) => findMoved(readConfig(), known)
