import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { removeStaleTestHosts } from '../testbed/test-host.ts'
import { shippedGates, shippedPhases } from '../testbed/plan-phases.ts'
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
  /** The numbers of the runs. A run with a result is skipped unless `again`. */
  readonly numbers: readonly number[]
  readonly again: boolean
  /** The number of simultaneous runs, each on its own machine. */
  readonly lanes: number
  /** The file of results. The result of the run without faults is next to it. */
  readonly file: string
  readonly stuckMinutes: number
  /** Starts no more runs; running ones end. */
  readonly stop: AbortSignal
  /** Called after each run; with undefined for the one without faults. */
  readonly told: (result: Result | undefined) => void
}

const UNDISTURBED: DrawnRun = { number: 0, faults: [], faultsBack: [], retries: 0 }

/** Runs the VividWalls plan under random kills, each time on a fresh machine, and judges each run. Returns all results. */
export async function chaos(options: ChaosOptions): Promise<readonly Result[]> {
  const { seed, numbers, again, lanes, file, stop, told } = options
  await removeStaleTestHosts()
  const kept = readResults(file, seed)
  const todo = numbers.filter((number) => again || !kept.has(number))
  if (todo.length > 0) {
    const outline = {
      phases: await shippedPhases('vividwalls-restore'),
      gates: await shippedGates('vividwalls-restore'),
    }
    const runs = todo.map((number) => drawRun({ seed, number }, outline))
    // A rolled-back run is compared with its own initial state.
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

/** Starts a machine, with two retries: a busy computer may be too slow. @throws the last error */
async function machineFor(seed: number, times = 3): Promise<Machine> {
  try {
    return await freshMachine(seed)
  } catch (error) {
    if (times === 1) throw error
    return await machineFor(seed, times - 1)
  }
}

/** The result of a run without faults, which is made once per file of results. @throws if it fails */
async function referenceFor({ seed, file, stuckMinutes, told }: ChaosOptions): Promise<Reference> {
  const kept = `${file}.reference.json`
  // Written by this function.
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as Reference
  const machine = await machineFor(seed)
  try {
    const { found } = await carryOut(machine, UNDISTURBED, { stuckMinutes })
    const { end, wrongs } = judged(found, undefined)
    if (end !== 'done' || wrongs.length > 0)
      throw new Error(`the run without faults ended as ${end ?? found.outcome}: ${JSON.stringify(wrongs)}`)
    const reference = { fingerprint: found.fingerprint.after, rows: found.rows.new ?? '' }
    writeFileSync(kept, JSON.stringify(reference))
    told(undefined)
    return reference
  } finally {
    await machine.stage.close()
  }
}
