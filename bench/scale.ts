import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decide, openDecision } from '../testbed/watch-run.ts'
import { memoryOf } from './cpu-time.ts'
import type { Finding } from './finding.ts'
import { hostLine, startMachine, startTemporal } from './machines.ts'
import type { Temporal } from './machines.ts'
import { planOf, range } from './work.ts'

const HOSTS = ['host-1', 'host-2', 'host-3']
const AT_ONCE = 20
const STEPS = 10
const WAITING = 100
const SIGNALS_EACH = 10
const RUNS = 200
/** The memory of a worker is compared with what it has after so many of its runs. */
const WARM = 50

/** Many runs at once on three hosts with two workers, runs that wait while answers arrive, and the memory of a worker over its runs. */
export async function measureScale(tell: (line: string) => void): Promise<readonly Finding[]> {
  const machines = await Promise.all(HOSTS.map(() => startMachine()))
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-bench-plans-'))
  const [first, ...others] = machines
  if (first === undefined) throw new Error('there is no host')
  const more = others.map((machine, index) => hostLine(machine, HOSTS[index + 1] ?? '')).join('')
  const temporal = await startTemporal(first, { hosts: HOSTS.slice(0, 1), more, workers: 2 })
  try {
    const plans = await Promise.all(
      HOSTS.map(async (host) => {
        const file = join(folder, `${host}.yaml`)
        await writeFile(file, planOf([host], STEPS))
        return file
      }),
    )
    const runs = (count: number) =>
      Promise.all(range(0, count - 1).map((number) => temporal.run(plans[number % HOSTS.length] ?? '')))
    await runs(HOSTS.length)
    return [
      await atOnce(runs),
      await waiting(temporal, folder, tell),
      await memory(temporal, () => runs(10), tell),
    ]
  } finally {
    await temporal.close()
    await Promise.all(machines.map((machine) => machine.remove()))
    await rm(folder, { recursive: true, force: true })
  }
}

type Runs = (count: number) => Promise<readonly number[]>

async function atOnce(runs: Runs): Promise<Finding> {
  const [alone = 0] = await runs(1)
  const began = performance.now()
  await runs(AT_ONCE)
  const each = (performance.now() - began) / (AT_ONCE * STEPS)
  return {
    part: 'scale',
    what: `a step, ${AT_ONCE} runs at once on ${HOSTS.length} hosts, two workers`,
    ours: { value: each, unit: 'ms' },
    peer: { name: 'a step of one run', value: alone / STEPS, unit: 'ms' },
    goal: { atMost: 1 },
    note: 'wall time divided by steps; a run that does not end done fails the measurement',
  }
}

/** Runs that wait at a gate and refuse answers; then each is approved and ends. */
async function waiting(
  { client, start }: Temporal,
  folder: string,
  tell: (line: string) => void,
): Promise<Finding> {
  const plan = join(folder, 'gated.yaml')
  await writeFile(plan, GATED)
  const handles = await Promise.all(range(1, WAITING).map(() => start(plan)))
  const asked = await Promise.all(handles.map((handle) => openDecision(handle)))
  const alone = await timeOf(() => client.workflow.getHandle(handles[0]?.workflowId ?? '').query('status'))
  const began = performance.now()
  await Promise.all(
    handles.flatMap((handle) =>
      range(1, SIGNALS_EACH).map((number) =>
        handle.signal('decide', {
          decision: 'gate/open',
          choice: 'approve',
          by: 'bench',
          digest: `${number}`,
        }),
      ),
    ),
  )
  tell(
    `  ${WAITING * SIGNALS_EACH} answers were sent in ${((performance.now() - began) / 1000).toFixed(1)} s`,
  )
  const status = await timeOf(() => client.workflow.getHandle(handles[0]?.workflowId ?? '').query('status'))
  const approved = performance.now()
  await Promise.all(
    handles.map(async (handle, index) => {
      const decision = asked[index]
      if (decision === undefined) throw new Error('a run asked nothing')
      await decide(handle, decision, 'approve')
      const { state } = (await handle.result()) as { state: string } // runPlan's own
      if (state !== 'done') throw new Error(`${handle.workflowId} ended ${state}`)
    }),
  )
  return {
    part: 'scale',
    what: `status of one of ${WAITING} waiting runs, after ${WAITING * SIGNALS_EACH} refused answers`,
    ours: { value: status, unit: 'ms' },
    peer: { name: 'before them', value: alone, unit: 'ms' },
    note: `then all were approved, and ended done within ${((performance.now() - approved) / 1000).toFixed(1)} s`,
  }
}

async function memory(
  { workerPid }: Temporal,
  tenRuns: () => Promise<unknown>,
  tell: (line: string) => void,
): Promise<Finding> {
  let warm = 0
  for (const done of range(1, RUNS / 10).map((tens) => tens * 10)) {
    await tenRuns()
    const { now } = await memoryOf(workerPid)
    if (done === WARM) warm = now
    if (done % WARM === 0) tell(`  after ${done} runs: worker ${now.toFixed(0)} MB`)
  }
  const { now } = await memoryOf(workerPid)
  return {
    part: 'scale',
    what: `memory of one of two workers after ${RUNS} runs of ${STEPS} steps`,
    ours: { value: now, unit: 'MB' },
    peer: { name: `after ${WARM}`, value: warm, unit: 'MB' },
    goal: { atMost: 1.1 },
  }
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

const GATED = JSON.stringify({
  plan: 'gated',
  title: 'A run that waits',
  stack: 'gated-${{ run.id }}',
  hosts: ['host-1'],
  phases: [
    {
      phase: 'open',
      gate: { within: '1 hour' },
      steps: [
        {
          step: 'made',
          kind: 'command',
          script: ': > /srv/gated',
          verify: 'test -e /srv/gated',
          cannotUndo: 'a file of the benchmark',
        },
      ],
    },
  ],
})
