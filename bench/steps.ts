import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from './finding.ts'
import type { Finding } from './finding.ts'
import { startMachine, startTemporal } from './machines.ts'
import { openPeers } from './peers.ts'
import { interleaved } from './timed.ts'
import { planOf } from './work.ts'

const ROUNDS = 3
const FEW = 1
const MANY = 10

/** The cost of one more step: inspect, journal, apply with a receipt, verify, and their events in the history. */
export async function measureSteps(): Promise<readonly Finding[]> {
  const testHost = await startMachine()
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-bench-plans-'))
  const peers = await openPeers(testHost, ['server'])
  const tuned = await startTemporal(testHost, { hosts: ['server'] })
  const asItComes = await startTemporal(testHost, { hosts: ['server'], tuned: false })
  try {
    await testHost.must(PYTHON, { timeoutSeconds: 600 })
    const plan = async (steps: number) => {
      const file = join(folder, `bench-${steps}.yaml`)
      await writeFile(file, planOf(['server'], steps))
      return file
    }
    const [few, many] = [await plan(FEW), await plan(MANY)]
    // Otherwise a step would find the file of the previous round and do less.
    const cleared = async (work: () => Promise<number>) => {
      await testHost.must('find /srv -type f -delete')
      return await work()
    }
    const ofBoth = (work: (steps: number) => Promise<number>) => ({
      few: () => cleared(() => work(FEW)),
      many: () => cleared(() => work(MANY)),
    })
    const ours = ofBoth((steps) => tuned.run(steps === FEW ? few : many))
    const untuned = ofBoth((steps) => asItComes.run(steps === FEW ? few : many))
    const ansible = ofBoth(async (steps) => (await peers.ansible(steps)).milliseconds)
    const mitogen = ofBoth(async (steps) => (await peers.mitogen(steps)).milliseconds)
    const figures = await interleaved(ROUNDS, {
      oursFew: ours.few,
      oursMany: ours.many,
      untunedFew: untuned.few,
      untunedMany: untuned.many,
      ansibleFew: ansible.few,
      ansibleMany: ansible.many,
      mitogenFew: mitogen.few,
      mitogenMany: mitogen.many,
    })
    const slope = (one: readonly number[], other: readonly number[]) =>
      (median(other) - median(one)) / (MANY - FEW)
    const step = { value: slope(figures.oursFew, figures.oursMany), unit: 'ms' } as const
    const task = {
      name: 'a task of ansible, pipelining,',
      value: slope(figures.ansibleFew, figures.ansibleMany),
      unit: 'ms',
    } as const
    const oneMore = 'one more step, proven'
    return [
      { part: 'steps', what: oneMore, ours: step, peer: task, goal: { atMost: 0.33 } },
      {
        part: 'steps',
        what: oneMore,
        ours: step,
        peer: {
          name: 'a task of ansible with mitogen',
          value: slope(figures.mitogenFew, figures.mitogenMany),
          unit: 'ms',
        },
        goal: { atMost: 1 },
      },
      {
        part: 'steps',
        what: oneMore,
        ours: step,
        peer: {
          name: 'the same, Temporal with default settings,',
          value: slope(figures.untunedFew, figures.untunedMany),
          unit: 'ms',
        },
        note: 'a file database with Temporal’s default settings, which `reinstate dev` changes',
      },
      {
        part: 'steps',
        what: `a whole run of ${MANY}`,
        ours: { value: median(figures.oursMany), unit: 'ms' },
        peer: { name: 'a whole playbook', value: median(figures.ansibleMany), unit: 'ms' },
        note: 'ours with a running worker; includes reading the plan, locks, the host check and the first preview',
      },
    ]
  } finally {
    await Promise.all([peers.close(), tuned.close(), asItComes.close()])
    await testHost.remove()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Ansible's modules need it. */
export const PYTHON =
  'test -e /usr/lib/python3/dist-packages -a -x /usr/bin/python3 >/dev/null || { apt-get update -q && apt-get install -y -q --no-install-recommends python3; } >/dev/null 2>&1'
