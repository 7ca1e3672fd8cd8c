import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryOf } from './cpu-time.ts'
import type { Finding } from './finding.ts'
import { startMachine, startTemporal } from './machines.ts'
import type { Temporal } from './machines.ts'
import { planOf, range } from './work.ts'

const STEPS = [10, 100, 1000]
const HOSTS = [1, 10, 100]
const STEPS_ON_EACH = 3

/** The cost of a step for growing plans and inventories. Compares the first and the last figure of each row. */
export async function measureGrowth(tell: (line: string) => void): Promise<readonly Finding[]> {
  const testHost = await startMachine()
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-bench-plans-'))
  const names = range(1, Math.max(...HOSTS)).map((number) => `host-${number}`)
  const temporal = await startTemporal(testHost, { hosts: names })
  try {
    const measure = async (hosts: readonly string[], steps: number) => {
      const file = join(folder, `bench-${hosts.length}-${steps}.yaml`)
      await writeFile(file, planOf(hosts, steps))
      await testHost.must('find /srv -type f -delete')
      const milliseconds = await temporal.run(file)
      const each = milliseconds / (hosts.length * steps)
      const { peak, now } = await memoryOf(temporal.workerPid)
      const history = await historyOf(temporal, `${hosts[0]}-1`)
      tell(
        `  ${hosts.length} hosts × ${steps} steps: ${each.toFixed(0)} ms a step; worker ${now.toFixed(0)} MB, at most ${peak.toFixed(0)}; history of a phase ${history.events} events, ${history.kilobytes.toFixed(0)} kB`,
      )
      return { each, peak, history, steps }
    }
    // A warm-up, so that the first figure excludes the start of the worker.
    await measure(names.slice(0, 1), 1)
    const bySteps = []
    for (const steps of STEPS) bySteps.push(await measure(names.slice(0, 1), steps))
    const byHosts = []
    for (const hosts of HOSTS) byHosts.push(await measure(names.slice(0, hosts), STEPS_ON_EACH))
    const [ten, , thousand] = bySteps
    const [one, , hundred] = byHosts
    if (!ten || !thousand || !one || !hundred) throw new Error('a size was not measured')
    return [
      {
        part: 'growth',
        what: 'a step of 1,000 on one host, whole run',
        ours: { value: thousand.each, unit: 'ms' },
        peer: { name: 'a step of 10', value: ten.each, unit: 'ms' },
        goal: { atMost: 1 },
        note: `a phase of ${Math.min(200, thousand.steps)} steps: ${thousand.history.events} events, ${thousand.history.kilobytes.toFixed(0)} kB`,
      },
      {
        part: 'growth',
        what: 'a step on one of 100 hosts, whole run',
        ours: { value: hundred.each, unit: 'ms' },
        peer: { name: 'on one host', value: one.each, unit: 'ms' },
        goal: { atMost: 1 },
      },
      {
        part: 'growth',
        what: 'peak memory of the worker, after 1,000 steps and 100 hosts',
        ours: { value: hundred.peak, unit: 'MB' },
        peer: { name: 'after 10 steps', value: ten.peak, unit: 'MB' },
      },
    ]
  } finally {
    await temporal.close()
    await testHost.remove()
    await rm(folder, { recursive: true, force: true })
  }
}

async function historyOf(temporal: Temporal, phase: string) {
  const run = temporal.lastRun()
  const description = await temporal.client.workflow.getHandle(`${run}/${phase}`).describe()
  return {
    events: description.historyLength,
    kilobytes: Number(description.raw.workflowExecutionInfo?.historySizeBytes ?? 0) / 1000,
  }
}
