import { Absent, Away } from './database.ts'
import type { Database } from './database.ts'
import { reasonOf } from './log.ts'
import type { Log } from './log.ts'

/** What is done at every so many ticks, as far as the database has the function. The plan adds them week by week. */
const JOBS: readonly { readonly call: string; readonly everyTicks: number }[] = [
  { call: 'finance.post_sales()', everyTicks: 1 },
  { call: 'finance.attribute_sales()', everyTicks: 1 },
  { call: 'segments.classify()', everyTicks: 1 },
  { call: 'kpi.make_reports()', everyTicks: 1 },
  { call: 'performance.refresh()', everyTicks: 12 },
]

/** Runs the jobs of a tick, one after the other. Returns those that ran. */
export async function runJobs(database: Database, log: Log, tick: number): Promise<readonly string[]> {
  const ran: string[] = []
  for (const { call, everyTicks } of JOBS) {
    if (tick % everyTicks !== 0) continue
    try {
      const [there] = await database.query('select where to_regprocedure($1) is not null', [call])
      if (there === undefined) continue
      await database.query(`select ${call}`)
      ran.push(call)
    } catch (error) {
      // A migration goes down between the two queries, or the database is away: the next tick does it.
      const level = error instanceof Absent || error instanceof Away ? 'warn' : 'error'
      log[level]({ call, reason: reasonOf(error) }, 'a job failed')
    }
  }
  return ran
}
