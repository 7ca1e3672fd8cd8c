import { StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import type { ProjectRef } from '../shared/compose-command.ts'
import type { Configuration, Project } from '../shared/compose-project.ts'
import { holderInWords, holderOf } from './published-ports.ts'

type Step = ProjectRef & {
  readonly ports: readonly number[]
  readonly services?: readonly string[] | undefined
}

/** @throws StepRefused for a port that somebody else holds */
export async function refuseTakenPorts(
  { ports, project }: Pick<Step, 'ports' | 'project'>,
  found: Project,
  host: HostView,
): Promise<void> {
  for (const taken of ports) {
    const holder = await holderOf({ protocol: 'tcp', port: taken, address: '' }, found, host)
    if (holder !== undefined)
      throw new StepRefused(
        `port ${taken} of the host is to be published by project ${project}, and ${holderInWords(holder)} holds it; choose another port, or stop that first`,
      )
  }
}

/** @throws StepRefused for a service that the file does not have */
export function refuseUnknown({ services = [], file }: Step, config: Configuration): void {
  const unknown = services.find((name) => !config.services[name])
  if (unknown === undefined) return
  throw new StepRefused(
    `${file} has no service ${unknown}; it has ${Object.keys(config.services).join(', ')}`,
  )
}

/** @throws StepRefused for a container that would have to be replaced, or that is paused */
export function refuseOtherConfiguration(
  { project, file }: Step,
  found: Project,
  services: readonly string[],
): void {
  for (const { name, service, hash, status } of found.containers) {
    if (!services.includes(service)) continue
    const container = name
    if (hash !== found.hashes.get(service)) {
      throw new StepRefused(
        `container ${container} of project ${project} was made from another configuration than ${file}; compose-up never ` +
          'replaces a container: use a fresh project name, or remove it in a step of its own',
      )
    }
    if (status === 'paused')
      throw new StepRefused(`container ${container} is paused; unpause or stop it first`)
  }
}
