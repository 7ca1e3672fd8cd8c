import { startTestHost } from '../testbed/test-host.ts'
import { interruptAtFirstStep, typeDemo } from '../testbed/typed-demo.ts'
import { layVividwalls, VIVIDWALLS_PORTS } from '../testbed/vividwalls.ts'
import type { Finding } from './finding.ts'
import { timed } from './timed.ts'

/** The time from `npm run demo`, after the set-up, to its first step, and the share of its test bed. */
export async function measureDemo(): Promise<readonly Finding[]> {
  const whole = await untilFirstStep()
  const fixture = await timed(setUpFixture)
  return [
    {
      part: 'start-up',
      what: 'npm run demo, from the command to the first step',
      ours: { value: whole / 1000, unit: 's' },
      peer: { name: 'the test host with the broken stack alone', value: fixture / 1000, unit: 's' },
      note: 'one measurement; packages, binaries and images were installed before',
    },
  ]
}

/** Ends it at that point like Ctrl-C, which removes everything. Returns the milliseconds until then. */
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
