import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpuSecondsOf } from './cpu-time.ts'
import { median } from './finding.ts'
import type { Finding } from './finding.ts'
import { startMachine, startTemporal } from './machines.ts'
import { openPeers } from './peers.ts'
import { PYTHON } from './steps.ts'
import { planOf, range } from './work.ts'

const HOSTS = range(1, 20).map((number) => `host-${number}`)
const STEPS = 3
const ROUNDS = 3

/** The CPU time of each tool for three steps on each of twenty hosts, in the tool's own order. */
export async function measureManyHosts(): Promise<readonly Finding[]> {
  const testHost = await startMachine()
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-bench-plans-'))
  const peers = await openPeers(testHost, HOSTS)
  const temporal = await startTemporal(testHost, { hosts: HOSTS })
  try {
    await testHost.must(PYTHON, { timeoutSeconds: 600 })
    const plan = join(folder, 'bench.yaml')
    await writeFile(plan, planOf(HOSTS, STEPS))
    const figures = { wall: [] as number[], worker: [] as number[], server: [] as number[] }
    const ansible: number[] = []
    const pyinfra: number[] = []
    const pyinfraWall: number[] = []
    for (let round = -1; round < ROUNDS; round++) {
      await testHost.must('find /srv -type f -delete')
      const cpu = async () =>
        [await cpuSecondsOf(temporal.workerPid), await cpuSecondsOf(temporal.serverPid)] as const
      const before = await cpu()
      const wall = await temporal.run(plan)
      const after = await cpu()
      const byAnsible = await peers.ansible(STEPS)
      const byPyinfra = await peers.pyinfra(STEPS)
      if (round < 0) continue
      figures.wall.push(wall)
      figures.worker.push(after[0] - before[0])
      figures.server.push(after[1] - before[1])
      ansible.push(byAnsible.cpuSeconds)
      pyinfra.push(byPyinfra.cpuSeconds)
      pyinfraWall.push(byPyinfra.milliseconds)
    }
    const client = { value: median(figures.worker), unit: 'CPU s' } as const
    const what = `${HOSTS.length} hosts × ${STEPS} steps, processor time of the worker`
    return [
      {
        part: 'hosts',
        what,
        ours: client,
        peer: { name: 'ansible, pipelining,', value: median(ansible), unit: 'CPU s' },
        goal: { atMost: 0.1 },
        note: `Temporal's server, which keeps the history, used ${median(figures.server).toFixed(2)} s in addition`,
      },
      {
        part: 'hosts',
        what,
        ours: client,
        peer: { name: 'pyinfra', value: median(pyinfra), unit: 'CPU s' },
        goal: { atMost: 0.5 },
      },
      {
        part: 'hosts',
        what: `${HOSTS.length} hosts × ${STEPS} steps, from start to end`,
        ours: { value: median(figures.wall) / 1000, unit: 's' },
        peer: { name: 'pyinfra', value: median(pyinfraWall) / 1000, unit: 's' },
      },
    ]
  } finally {
    await Promise.all([peers.close(), temporal.close()])
    await testHost.remove()
    await rm(folder, { recursive: true, force: true })
  }
}
