import { removeStaleTestHosts } from '../testbed/test-host.ts'

/** Once before all tests: what an earlier run that was killed has left behind goes. */
export default async function setUp(): Promise<void> {
  await removeStaleTestHosts()
}
