import { startTestHost } from '../testbed/test-host.ts'
import { interruptAtFirstStep, typeDemo } from '../testbed/typed-demo.ts'
import { layVividwalls, VIVIDWALLS_PORTS } from '../testbed/vividwalls.ts'
import type { Finding } from './finding.ts'
import { timed } from './timed.ts'

/** From typing `npm run demo`, when all that it needs is there, to its first step; and what its test bed takes of that. */
export async function measureDemo(): Promise<readonly Finding[]> {
  const whole = await untilFirstStep()
  const fixture = await timed(setUpFixture)
  return [
    {
      part: 'start-up',
      what: 'npm run demo, from typing it to its first step',
      ours: { value: whole / 1000, unit: 's' },
      peer: { name: 'its server with the broken stack alone', value: fixture / 1000, unit: 's' },
      note: 'once; packages, binaries and images were there',
    },
  ]
}

/** Ends it there as with Ctrl-C, which takes all away; milliseconds until then. */
async function untilFirstStep(): Promise<number> {
  let took = Number.NaN
  const started = performance.now()
  await interruptAtFirstStep(typeDemo(['--yes']), () => {
    took = performance.now() - started
  })
  return took
}

async function setUpFixture(): Promise<void> {
  const testHost = await startTestHost({ name: 'bench', ports: VIVIDWALLS_PORTS })
  try {
    await layVividwalls(testHost)
  } finally {
    await testHost.remove()
  }
}
