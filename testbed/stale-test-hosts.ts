import { rm } from 'node:fs/promises'
import { askDocker, docker, TestbedFailed } from './outer-docker.ts'
import { OWNER_LABEL, ownerHasEnded } from './owner.ts'

export const TESTBED_LABEL = 'reinstate.testbed'
export const FOLDER_LABEL = 'reinstate.testbed.folder'

/** Removes the test hosts of ended processes, with their volumes and keys. Returns their names. */
export async function removeStaleTestHosts(): Promise<readonly string[]> {
  const format = `{{.Names}}\t{{.Label "${OWNER_LABEL}"}}\t{{.Label "${FOLDER_LABEL}"}}`
  const text = await docker(['ps', '-a', '--filter', `label=${TESTBED_LABEL}=1`, '--format', format])
  const testHosts = text.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')]))
  const stale = testHosts.filter(([, owner = '']) => ownerHasEnded(owner))
  await Promise.all(stale.map(([name = '', , folder = '']) => removeTestHost(name, folder)))
  return stale.map(([name = '']) => name)
}

/** Removes a test host with its volume and keys, if it exists. */
export async function removeTestHost(name: string, folder: string): Promise<void> {
  const remove = () => askDocker(['rm', '-f', '-v', name])
  const first = await remove()
  // A busy engine may report a timeout after the kill; the container is gone at the next attempt.
  const { exitCode, stderr } = first.stderr.includes('did not receive an exit event') ? await remove() : first
  if (exitCode !== 0 && !/no such container|already in progress/i.test(stderr))
    throw new TestbedFailed(`${name} was not removed: ${stderr}`)
  if (folder !== '') await rm(folder, { recursive: true, force: true })
}
