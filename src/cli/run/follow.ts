import { setTimeout as wait } from 'node:timers/promises'
import { readConfig } from '../../config.ts'
import { reconnectIfMoved } from '../../embedded/bring-up.ts'
import type { Temporal } from '../../embedded/connection.ts'
import type { Decision } from '../../workflows/status.ts'
import { approveGates, decideHere, leaveToOthers } from '../deciding.ts'
import type { Decide } from '../deciding.ts'
import type { ExitCode } from '../exit-codes.ts'
import { redraw } from '../redraw.ts'
import { reportLines } from '../rendering/outcome-lines.ts'
import { leftOpenLines, liveLines, openDecisionLines, unservedLines } from '../rendering/status-lines.ts'
import { note, print, printJson, someoneIsThere } from '../terminal.ts'
import { eventLine, sinceLastDecision } from './events.ts'
import type { RunEvent } from './events.ts'
import { patientReader } from './read-run.ts'
import type { RunReader } from './read-run.ts'
import { exitCodeFor, forScripts, isOver, openDecisions } from './snapshot.ts'
import type { RunSnapshot } from './snapshot.ts'

const LOOK_EVERY_MS = 500

export interface FollowOptions {
  readonly by: string
  readonly json?: boolean
  /** Approves gates in the name of `by`. */
  readonly yes?: boolean
  /** Past events to print: all, or the run's state and the events since the last decision. */
  readonly past: 'all' | 'in-short'
  /** Stops following when true, although the run is still open. */
  readonly enough?: (snapshot: RunSnapshot) => boolean
  /** The exit status once the run has ended. Default: that of its state. */
  readonly exitCode?: (snapshot: RunSnapshot) => ExitCode
  /**
   * Called while nothing answers: may restart a killed worker or server. Returns a new connection if Temporal is no longer at the
   * address of `known`. Default: checks whether another command has restarted it elsewhere.
   */
  readonly revive?: (known: Temporal) => Promise<Temporal | undefined>
}

/**
 * Follows a run to its end, lets people decide, and prints the result.
 * @throws NoWorker · BadInput
 */
export async function followToTheEnd(
  temporal: Temporal,
  run: string,
  options: FollowOptions,
): Promise<ExitCode> {
  const { by, json = false, yes = false, past, enough, revive = findsMoved } = options
  const exitCode = options.exitCode ?? exitCodeFor
  const onPicture = someoneIsThere() && !json
  let connected = temporal
  const current = () => connected
  const people = onPicture ? decideHere(current, by) : leaveToOthers

  const interrupted = () => {
    note(
      `\nstopped following; the run continues\n  next: reinstate status ${run} --follow\n  next: reinstate cancel ${run}`,
    )
    process.exit(130)
  }
  process.once('SIGINT', interrupted)
  try {
    const snapshot = await follow(temporal, run, {
      view: json ? noView : onPicture ? picture() : lines(past),
      decide: yes ? approveGates(current, by, people) : people,
      ...(enough ? { enough } : {}),
      revive: async () => {
        const moved = await revive(connected)
        if (moved && connected !== temporal) await connected.close()
        connected = moved ?? connected
        return moved
      },
    })
    if (json) printJson(forScripts(snapshot))
    else if (isOver(snapshot)) print(['', ...reportLines(snapshot, new Date())])
    else {
      print(openDecisionLines(snapshot, { now: new Date() }))
      note(leftOpenLines(snapshot).join('\n'))
    }
    return isOver(snapshot) ? exitCode(snapshot) : exitCodeFor(snapshot)
  } finally {
    process.removeListener('SIGINT', interrupted)
    // The first connection is the caller's.
    if (connected !== temporal) await connected.close()
  }
}

const findsMoved = (known: Temporal) => reconnectIfMoved(readConfig(), known)

/** How an open run is shown. */
interface View {
  readonly show: (snapshot: RunSnapshot, news: readonly RunEvent[]) => void
  /** Called before something else is printed or asked. */
  readonly pause: () => void
}

/** One line per event, as `logs` prints it: for pipes and CI. */
function lines(past: FollowOptions['past']): View {
  let isLate = past === 'in-short'
  let printed = ''
  const printOnce = (unserved: readonly string[]) => {
    if (unserved.join() !== printed) print(unserved)
    printed = unserved.join()
  }
  return {
    show: (snapshot, news) => {
      if (isLate) print([...liveLines(snapshot, new Date()), ''])
      else printOnce(unservedLines(snapshot))
      print((isLate ? sinceLastDecision(news) : news).map(eventLine))
      isLate = false
    },
    pause: () => undefined,
  }
}

/** The current state, redrawn in place. */
function picture(): View {
  const drawing = redraw(process.stdout, { colours: process.env['NO_COLOR'] === undefined })
  return { show: (snapshot) => drawing.draw(liveLines(snapshot, new Date())), pause: drawing.keep }
}

/** Shows nothing: --json prints the result. */
const noView: View = { show: () => undefined, pause: () => undefined }

interface Following extends Pick<FollowOptions, 'enough'> {
  readonly revive: () => Promise<Temporal | undefined>
  readonly view: View
  readonly decide: Decide
}

/** Follows a run until it and its rollback are closed, or until a decision is left to others. */
async function follow(temporal: Temporal, run: string, following: Following): Promise<RunSnapshot> {
  const { view, decide, revive, enough = () => false } = following
  const reader = patientReader(temporal, run, revive)
  const leftAlone = new Set<string>()
  for (;;) {
    const snapshot = await reader.read()
    view.show(snapshot, view === noView ? [] : await reader.news())
    if (isOver(snapshot) || enough(snapshot)) return snapshot

    const open = openDecisions(snapshot).find((one) => !leftAlone.has(name(one)))
    if (!open) {
      await wait(LOOK_EVERY_MS)
      continue
    }
    view.pause()
    const gone = new AbortController()
    const watching = abortOnceGone(reader, name(open), gone)
    const answer = await decide({ ...open, run }, gone.signal).finally(() => gone.abort())
    await watching
    if (answer === 'leave') return await reader.read()
    if (answer === 'wait') leftAlone.add(name(open))
  }
}

/** Aborts the prompt when the decision is answered elsewhere, for example in the Temporal UI. */
async function abortOnceGone(reader: RunReader, asked: string, gone: AbortController): Promise<void> {
  while (!gone.signal.aborted) {
    await wait(1000, undefined, { signal: gone.signal }).catch(() => undefined)
    if (gone.signal.aborted) return
    const snapshot = await reader.read().catch(() => undefined)
    if (snapshot && !openDecisions(snapshot).some((open) => name(open) === asked)) gone.abort()
  }
}

function name({ decision }: { readonly decision: Decision }): string {
  // A reopened gate has a new digest.
  return `${decision.decision} ${decision.timesAsked} ${decision.digest ?? ''}`
}
