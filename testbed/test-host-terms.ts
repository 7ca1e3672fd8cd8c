import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { askDocker, TestbedFailed } from './outer-docker.ts'
import { OWNER_LABEL } from './owner.ts'
import { FOLDER_LABEL, TESTBED_LABEL } from './stale-test-hosts.ts'
import { testbedFile } from './testbed-files.ts'

/** The options of a test host. */
export interface Boot {
  readonly name: string
  readonly owner: string
  readonly folder: string
  /** Maps ports of the test host to ports of this machine. */
  readonly published: ReadonlyMap<number, number>
  readonly without: readonly ('docker' | 'compose' | 'rsync' | 'curl' | 'sudo')[]
  readonly disk: { readonly at: string; readonly mebibytes: number } | undefined
  /** What its engine starts with: the images of the restored stacks, or also those of shipped programs; `archives` has programs of archives. */
  readonly images: 'stacks' | 'apps' | 'archives'
}

const IMAGES = {
  stacks: 'reinstate-testbed/test-host',
  apps: 'reinstate-testbed/test-host-apps',
  archives: 'reinstate-testbed/test-host-archives',
}
const SETUP = 'next: sh scripts/setup all'
const labelsSchema = z.object({
  'reinstate.mark': z.string(),
  'reinstate.flags': z.enum(['privileged', 'capabilities']),
})

/** Returns the arguments of `docker run` for a test host. @throws TestbedFailed if its image or its volume is missing */
export async function testHostTerms(boot: Boot): Promise<readonly string[]> {
  const { name, published, without, disk } = boot
  const image = IMAGES[boot.images]
  const { mark, flags } = await readImage(image)
  const template = `reinstate-testbed-${mark}`
  await requireTemplate(template)
  return [
    ...['run', '--detach', '--name', name, '--hostname', name],
    ...['--label', `${TESTBED_LABEL}=1`, '--label', `${OWNER_LABEL}=${boot.owner}`],
    ...['--label', `${FOLDER_LABEL}=${boot.folder}`],
    // Both are empty after a boot, as on a real machine.
    ...['--tmpfs', '/run:exec,mode=755', '--tmpfs', '/tmp:exec,mode=1777'],
    // An anonymous volume is removed with the container.
    ...['--volume', '/var/lib/docker', '--volume', `${template}:/template:ro`],
    ...[...published].flatMap(([inside, outside]) => ['--publish', `127.0.0.1:${outside}:${inside}`]),
    ...['--env', `TEST_HOST_WITHOUT=${without.join(' ')}`],
    ...(disk ? ['--env', `TEST_HOST_DISK=${disk.mebibytes}:${disk.at}`] : []),
    ...flags,
    image,
  ]
}

/**
 * Requires the volume with the images of the test bed. Docker would create one of that name, empty and without labels.
 * @throws TestbedFailed
 */
export async function requireTemplate(name: string): Promise<void> {
  const { exitCode, stdout } = await askDocker(['volume', 'inspect', '--format', '{{len .Labels}}', name])
  if (exitCode === 0 && stdout.trim() !== '0') return
  throw new TestbedFailed(`the volume ${name}, which test hosts start from, was removed\n  ${SETUP}`)
}

async function readImage(image: string): Promise<{ mark: string; flags: readonly string[] }> {
  const { exitCode, stdout } = await askDocker([
    'image',
    'inspect',
    '--format',
    '{{json .Config.Labels}}',
    image,
  ])
  if (exitCode !== 0) throw new TestbedFailed(`the test hosts are not built\n  ${SETUP}`)
  const labels = labelsSchema.parse(JSON.parse(stdout))
  const file = testbedFile('images', 'test-host', `${labels['reinstate.flags']}.flags`)
  const flags = (await readFile(file, 'utf8')).split('\n').filter(Boolean)
  return { mark: labels['reinstate.mark'], flags }
}
