import type { Finding } from './finding.ts'

/** A group of figures that share their machines. Its module is loaded when it is measured. */
export interface Part {
  readonly name: string
  readonly about: string
  readonly measure: (tell: (line: string) => void) => Promise<readonly Finding[]>
}

export const parts: readonly Part[] = [
  {
    name: 'commands',
    about: 'one more command on a host',
    measure: async () => (await import('./commands.ts')).measureCommands(),
  },
  {
    name: 'steps',
    about: 'one more step, from inspect to verify, against one more ansible task',
    measure: async () => (await import('./steps.ts')).measureSteps(),
  },
  {
    name: 'hosts',
    about: 'three steps on each of twenty hosts',
    measure: async () => (await import('./many-hosts.ts')).measureManyHosts(),
  },
  {
    name: 'growth',
    about: '10 to 1,000 steps, 1 to 100 hosts',
    measure: async (tell) => (await import('./growth.ts')).measureGrowth(tell),
  },
  {
    name: 'scale',
    about: '20 runs at once on 3 hosts, 100 runs that wait, 200 runs of one worker',
    measure: async (tell) => (await import('./scale.ts')).measureScale(tell),
  },
  {
    name: 'copy',
    about: 'copy and prove, few large files and many small ones',
    measure: async (tell) => (await import('./copy.ts')).measureCopy(tell),
  },
  {
    name: 'cutover',
    about: 'the downtime of VividWalls',
    measure: async (tell) => (await import('./cutover.ts')).measureCutover(tell),
  },
  {
    name: 'release',
    about: 'what visitors notice of a release that the proxy is switched to',
    measure: async (tell) => (await import('./release.ts')).measureRelease(tell),
  },
  {
    name: 'bus',
    about: 'messages of 1 KB to 10 MB through the message bus',
    measure: async (tell) => (await import('./bus.ts')).measureBus(tell),
  },
  {
    name: 'miyabi',
    about:
      'requests over the switch and the rollback of Miyabi, at the rate and within the time that its plan demands',
    measure: async (tell) => (await import('./miyabi.ts')).measureMiyabi(tell),
  },
  {
    name: 'start-up',
    about: 'processor time of the command line, and the time to the first step of the demo',
    measure: async () => [
      ...(await (await import('./start-up.ts')).measureStartUp()),
      ...(await (await import('./demo.ts')).measureDemo()),
    ],
  },
]
