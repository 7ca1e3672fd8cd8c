import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { removeStaleTestHosts } from '../testbed/test-host.ts'
import { vividwallsGates, vividwallsPhases } from '../testbed/vividwalls-phases.ts'
import { carryOut } from './run-one.ts'
import type { DrawnRun } from './draw-run.ts'
import { drawRun } from './draw-run.ts'
import { formatBytes } from './format.ts'
import { judged } from './judge.ts'
import type { Reference } from './judge.ts'
import { keepResult, readResults } from './kept-results.ts'
import { freshMachine } from './machine.ts'
import type { Machine } from './machine.ts'
import type { Result } from './tally.ts'

interface ChaosOptions {
  readonly seed: number
  /** The runs to make; one that has a result is not made again unless `again`. */
  readonly numbers: readonly number[]
  readonly again: boolean
  /** How many at once, each on a machine of its own. */
  readonly lanes: number
  /** Where results are kept; beside it what the run without faults came to. */
  readonly file: string
  readonly stuckMinutes: number
  /** No more runs are begun after it; those under way come to their end. */
  readonly stop: AbortSignal
  /** After each run; `undefined` for the one without faults. */
  readonly told: (result: Result | undefined) => void
}

const UNDISTURBED: DrawnRun = { number: 0, faults: [], faultsBack: [], retries: 0 }

/** Makes runs of the VividWalls plan under random kills, each on a fresh machine, and judges each. Answers all results. */
export async function chaos(options: ChaosOptions): Promise<readonly Result[]> {
  const { seed, numbers, again, lanes, file, stop, told } = options
  await removeStaleTestHosts()
  const kept = readResults(file, seed)
  const todo = numbers.filter((number) => again || !kept.has(number))
  if (todo.length > 0) {
    const outline = { phases: await vividwallsPhases(), gates: await vividwallsGates() }
    const runs = todo.map((number) => drawRun({ seed, number }, outline))
    // A run that is rolled back is compared with its own beginning.
    const reference = runs.every(({ turn }) => turn) ? undefined : await referenceFor(options)
    const hand = async () => {
      for (let drawn = runs.shift(); drawn !== undefined && !stop.aborted; drawn = runs.shift()) {
        const result = await one(drawn, reference, options)
        keepResult(file, result)
        told(result)
      }
    }
    await Promise.all(Array.from({ length: lanes }, hand))
  }
  const results = readResults(file, seed)
  return numbers.flatMap((number) => results.get(number) ?? [])
}

async function one(
  drawn: DrawnRun,
  reference: Reference | undefined,
  options: ChaosOptions,
): Promise<Result> {
  const { seed, stuckMinutes } = options
  const machine = await machineFor(seed)
  const about = { seed, number: drawn.number, drawn: formatBytes(drawn), freshSeconds: machine.freshSeconds }
  const since = Date.now()
  try {
    const { found, struck, asked, seconds } = await carryOut(machine, drawn, { stuckMinutes })
    return { ...about, struck, asked, seconds, ...judged(found, reference) }
  } catch (error) {
    const what = `it could not be judged: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
    const seconds = Math.round((Date.now() - since) / 1000)
    return { ...about, struck: [], asked: [], seconds, wrongs: [{ wrong: 'other ends', what }] }
  } finally {
    await machine.stage.close()
  }
}

/** A busy machine may not get one up in time: that is no finding. @throws why not, after three times */
async function machineFor(seed: number, times = 3): Promise<Machine> {
  try {
    return await freshMachine(seed)
  } catch (error) {
    if (times === 1) throw error
    return await machineFor(seed, times - 1)
  }
}

/** What a run without faults comes to; made once to a file of results. @throws where it does not end as it should */
async function referenceFor({ seed, file, stuckMinutes, told }: ChaosOptions): Promise<Reference> {
  const kept = `${file}.reference.json`
  // Written by this very function.
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as Reference
  const machine = await machineFor(seed)
  try {
    const { found } = await carryOut(machine, UNDISTURBED, { stuckMinutes })
    const { end, wrongs } = judged(found, undefined)
    if (end !== 'done' || wrongs.length > 0)
      throw new Error(`without faults it came to ${end ?? found.outcome}: ${JSON.stringify(wrongs)}`)
    const reference = { fingerprint: found.fingerprint.after, rows: found.rows.new ?? '' }
    writeFileSync(kept, JSON.stringify(reference))
    told(undefined)
    return reference
  } finally {
    await machine.stage.close()
  }
}
