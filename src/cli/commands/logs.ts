import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Temporal } from '../../embedded/connection.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { eventLine, presentEvents } from '../run/events.ts'
import type { RunEvent } from '../run/events.ts'
import { presentRun } from '../run/list-runs.ts'
import { patientReader } from '../run/read-run.ts'
import { timeMeant } from '../since.ts'
import { print, printJson } from '../terminal.ts'
import { withTemporal } from '../with-temporal.ts'

interface Options {
  readonly since?: string
  readonly lines?: string
  readonly grep?: string
  readonly follow?: boolean
  readonly json?: boolean
}

const HELP = `
Reads the history: needs no worker, and works for a closed run.

Examples:
  reinstate logs guestbook-restore-20261121-0755 restore-database
  reinstate logs guestbook-restore-20261121-0755 --since 2h --grep 'BLOCKED|NEEDS_REVIEW'
  reinstate logs guestbook-restore-20261121-0755 --lines 50 --follow`

export function define(command: Command): void {
  command
    .argument('<run>', 'the id of a run')
    .argument('[step]', 'only this step')
    .option('--since <when>', 'only events since then: 90s, 10m, 2h, "10 minutes", or an ISO time')
    .option('-n, --lines <number>', 'only the last lines')
    .option('--grep <expression>', 'only lines that this regular expression matches')
    .option('-f, --follow', 'keeps printing new events until the run ends')
    .option('--json', 'prints the events as JSON; with --follow, one object to a line')
    .addHelpText('after', HELP)
    .action(async (run: string, step: string | undefined, options: Options) => {
      // Options are validated before connecting.
      const wanted = wantedEvents(step, options, new Date())
      process.exitCode = await withTemporal((temporal) => logs(temporal, run, { ...options, wanted }))
    })
}

async function logs(
  temporal: Temporal,
  run: string,
  { wanted, follow = false, json = false }: Options & { readonly wanted: Wanted },
): Promise<ExitCode> {
  const reader = patientReader(temporal, run)
  const show = (events: readonly RunEvent[]) =>
    print(events.map((event) => (json ? JSON.stringify(event) : eventLine(event))))
  const present = async () => presentEvents(await presentRun(temporal, run), new Date())
  const past = await reader.news()
  const all = wanted.last(wanted.of(follow ? past : [...past, ...(await present())]))
  if (json && !follow) printJson(all)
  else show(all)
  while (follow && !reader.isRead()) {
    await wait(LOOK_EVERY_MS)
    show(wanted.of(await reader.news()))
  }
  if (follow) show(wanted.of(await present()))
  return exitCodes.done
}

const LOOK_EVERY_MS = 500

interface Wanted {
  readonly of: (events: readonly RunEvent[]) => readonly RunEvent[]
  /** At most --lines of the past events. */
  readonly last: (events: readonly RunEvent[]) => readonly RunEvent[]
}

/** The filter that the options describe. @throws BadInput */
export function wantedEvents(
  step: string | undefined,
  { since, lines, grep }: Pick<Options, 'since' | 'lines' | 'grep'>,
  now: Date,
): Wanted {
  const from = since === undefined ? '' : timeMeant(since, now)
  const most = lines === undefined ? undefined : countMeant(lines)
  const expression = grep === undefined ? undefined : expressionMeant(grep)
  return {
    of: (events) =>
      events.filter(
        (event) =>
          (step === undefined || event.step === step) &&
          event.at >= from &&
          (expression === undefined || expression.test(eventLine(event))),
      ),
    last: (events) => (most === undefined ? events : events.slice(Math.max(0, events.length - most))),
  }
}

function countMeant(typed: string): number {
  if (!/^\d{1,9}$/.test(typed)) throw new BadInput(`--lines "${typed}" is not a number of lines`)
  return Number(typed)
}

function expressionMeant(typed: string): RegExp {
  try {
    return new RegExp(typed)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new BadInput(`--grep "${typed}" is not a regular expression: ${why}`)
  }
}
