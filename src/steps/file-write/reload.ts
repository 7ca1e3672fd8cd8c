import { z } from 'zod'
import { StepRefused } from '../../errors.ts'
import { projectName, serviceName } from '../../fields/names.ts'
import type { Host, HostView } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import { quote } from '../../shell/script.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { many, readFacts } from '../facts.ts'
import { aboutContainer, type Blocked } from '../step-kind.ts'

const words = z
  .array(z.string().regex(/^[^\0\r\n]*$/, { error: 'must be one word, without a line break' }))
  .min(1)
  .max(50)

/** The service that reads the file, and how it is made to read it again. */
export const reloadField = z.strictObject({
  project: projectName,
  service: serviceName.meta({ description: 'Its running containers read the file again' }),
  test: words
    .optional()
    .meta({ description: 'A command in each container that accepts or refuses the new file' }),
  run: words.meta({ description: 'The command in each container that makes it read the file again' }),
})
export type Reload = z.infer<typeof reloadField>

/** `service proxy of project base`. */
export function serviceOf({ project, service }: Reload): string {
  return `service ${service} of project ${project}`
}

/** The line of a preview. */
export function reloadChange(reload: Reload): string {
  const { test, run } = reload
  return `makes ${serviceOf(reload)} read it: ${[...(test ? [test] : []), run].map(asText).join(', then ')}`
}

/** What must come before a reload, or undefined. @throws StepRefused for a container that would keep the old file */
export function blockedReload(path: string, reload: Reload, found: ReloadState): Blocked | undefined {
  const [container] = found.mountsFile
  if (container !== undefined)
    throw new StepRefused(
      `container ${container} mounts ${path} itself and keeps the old file after a write; mount its directory instead`,
      aboutContainer({ name: container, project: reload.project }),
    )
  if (found.running.length > 0) return undefined
  const { project } = reload
  return {
    blockedOn: { how: 'modifies', what: 'project', name: project },
    text: `${serviceOf(reload)} to run`,
  }
}

type ReloadState = Awaited<ReturnType<typeof readReloadState>>

/** Which containers of the service run, which of them may not have read the file as it is, and which mount the file itself. */
export async function readReloadState(path: string, { project, service }: Reload, host: HostView) {
  const script = shellFile('file-write/service.sh', { path, keep: host.originals, project, service })
  return readFacts(await host.ask(question(script)), { running: many, unread: many, mountsFile: many })
}

/** Makes the service read the new file. @throws CommandFailed with the output of the test, after the old file was put back */
export async function reloadNew(path: string, reload: Reload, host: Host): Promise<void> {
  await host.run('reload', command(shellFile('file-write/reload.sh', variablesOf(path, reload, host))))
}

/** Makes the service read the old file, once it is back. @throws CommandFailed where the service refuses it */
export async function reloadOld(path: string, reload: Reload, host: Host): Promise<void> {
  const script = shellFile('file-write/reload-old.sh', variablesOf(path, reload, host))
  await host.run('reload-old', command(script))
}

function variablesOf(path: string, { project, service, test = [], run }: Reload, host: Host) {
  return { path, keep: host.originals, project, service, test: asText(test), run: asText(run) }
}

function asText(words: readonly string[]): string {
  return words.map(quote).join(' ')
}
