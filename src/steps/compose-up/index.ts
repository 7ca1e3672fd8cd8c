import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { duration } from '../../fields/duration.ts'
import { environment } from '../../fields/environment.ts'
import { projectName, serviceName } from '../../fields/names.ts'
import { port } from '../../fields/numbers.ts'
import type { HostView } from '../../host/host.ts'
import { command } from '../../shell/command.ts'
import {
  configurationOf,
  filesOf,
  inspectProject,
  noComposeFile,
  withDependencies,
  type Configuration,
  type Project,
} from '../shared/compose-project.ts'
import { changesOf, seenOf, waitsFor, wrongWith } from './project-state.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { many, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import { holderInWords, holderOf, portToBeFree } from './published-ports.ts'
import { changeKind, type Values } from '../step-kind.ts'

const fields = {
  file: absolutePath.meta({ description: 'The Compose file; Compose reads the .env beside it' }),
  overrides: z
    .array(absolutePath)
    .max(10)
    .optional()
    .meta({ description: 'More Compose files, each over those before it' }),
  // Pinned: a directory of another name would be another project, with other volumes.
  project: projectName.meta({ description: "The project's name, whatever the directory or the file says" }),
  environment: environment
    .optional()
    .meta({ description: 'Variables for the Compose file; they go before its .env' }),
  services: z
    .array(serviceName)
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'Those to start, with what they depend on; unless said, all of the file' }),
  within: duration.default(300).meta({
    description:
      'By when every service runs, and is healthy where it has a health check; 5 minutes unless said',
  }),
  ports: z.array(port).max(50).default([]).meta({
    description:
      'Ports of the host (TCP) that nobody else may hold when the run begins: looked at even where the Compose file is not there yet',
  }),
  settle: z.boolean().default(true).meta({
    description:
      'Whether one without a health check must still be up two seconds later; yes unless said. Where a later step looks again it need not',
  }),
  pull: z
    .enum(['missing', 'never'])
    .default('missing')
    .meta({ description: 'Whether images that the host lacks are pulled: missing (unless said) or never' }),
}
type Step = Values<typeof fields>

/** What was there before; containers by the first 12 characters of their ids. */
interface Prior {
  readonly ran: readonly string[]
  readonly stopped: readonly string[]
  readonly networks: readonly string[]
  /** Volumes and images that were not there: what an undo names. */
  readonly volumes: readonly string[]
  readonly images: readonly string[]
  readonly services: readonly string[]
  readonly completes: readonly string[]
  readonly [key: string]: readonly string[]
}

/** Starts what of a project does not run. It never replaces a container: one of another configuration is a refusal. */
export const composeUp = changeKind({
  kind: 'compose-up',
  summary: 'The services of a Compose project run, and are healthy where they have a health check',
  fields,
  traits: { startsStack: true },
  outputs: ['containers'],
  timeoutMinutes: 30,
  usualSeconds: 20,

  describe: ({ file, project, services }) =>
    `start ${services ? services.join(', ').slice(0, 80) : 'all services'} of ${file} as project ${project}`,
  effects: ({ file, overrides = [], project }) => [
    { how: 'modifies', what: 'project', name: project },
    ...[file, ...overrides].map((name) => ({ how: 'reads', what: 'path', name }) as const),
  ],

  async inspect(step, host) {
    const found = await inspectProject(step, host)
    const config = configurationOf(step, found)
    await refuseTakenPorts(step, found, host)
    if (!config) return noComposeFile(found.absent[0] ?? step.file)
    const services = withDependencies(config, step.services)
    refuseUnknown(step, config)
    refuseOtherConfiguration(step, found, services)
    const waited = waitsFor({ config, found, services }, step.pull)
    if (waited) return waited
    // An earlier step may stop what holds it.
    const held = await portToBeFree(found, services, host)
    if (held) return held
    const priorState: Prior = seenOf({ config, found, services })
    const changes = changesOf({ config, found, services })
    return {
      priorState,
      changes,
      ...(changes.length === 0 && {
        because: `all services of project ${step.project} run with this configuration`,
      }),
    }
  },

  async apply(step, priorState, host) {
    const { services, completes } = priorState
    const { environment = {} } = step
    const variables = {
      ...{ keep: host.originals, project: step.project, files: filesOf(step) },
      ...{ services: services.join(' '), completes: completes.join(' ') },
      ...{ within: step.within, pull: step.pull, settle: step.settle ? 'yes' : 'no' },
    }
    const script = shellFile('compose-up/apply.sh', variables, step.services)
    await host.run('up', command(script, { environment }))
  },

  async verify(step, host) {
    const found = await inspectProject(step, host)
    const config = configurationOf(step, found)
    if (!config) throw new StepNotVerified(`the Compose file ${step.file} is not there any more`)
    const services = withDependencies(config, step.services)
    const wrong = services.flatMap((service) => wrongWith(service, { config, found, services }))
    if (wrong.length > 0) throw new StepNotVerified(`project ${step.project} is not as planned`, wrong)
    const containers = found.containers.filter(({ service }) => services.includes(service))
    const healthy = containers.filter(({ health }) => health === 'healthy').length
    const external = Object.values(config.volumes ?? {})
      .filter(({ external }) => external)
      .map(({ name }) => name)
    return {
      summary:
        `${countOf(services.length, 'service')} of project ${step.project} ` +
        `${services.length === 1 ? 'runs' : 'run'} with this configuration` +
        (healthy > 0 ? `, ${services.length === 1 ? '' : `${healthy} of them `}healthy by a check` : '') +
        (external.length > 0 ? `; mounted: ${external.join(', ')}` : ''),
      strength: 'observed',
      facts: { services, volumes: external },
      // Sorted: the engine lists containers by their time of creation.
      outputs: {
        containers: containers
          .map(({ id }) => id)
          .sort()
          .join(' '),
      },
    }
  },

  async undo(step, { ran, stopped, networks, volumes, images }, host) {
    const script = shellFile('compose-up/undo.sh', {
      ...{ keep: host.originals, project: step.project, were: [...ran, ...stopped].join(' ') },
      ...{ stopped: stopped.join(' '), networks: networks.join(' ') },
    })
    const { stdout } = await host.run('down', command(script))
    const { anonymous, kept } = readFacts(stdout, { anonymous: many, kept: many })
    return [
      ...anonymous
        .map((line) => line.split(' '))
        .map(([name = '', container = '']) => ({
          what: `volume ${name}`,
          why: `made without a name for container ${container.replace(/^\//, '')}; a volume is never removed by a rollback`,
        })),
      ...volumes.map((name) => ({
        what: `volume ${name}`,
        why: 'made by the project; a volume is never removed by a rollback',
      })),
      ...kept.map((name) => ({ what: `network ${name}`, why: 'others use it' })),
      ...images.map((name) => ({ what: `image ${name}`, why: 'pulled; others may use it by now' })),
    ]
  },
})

/** @throws StepRefused for a port that somebody else holds */
async function refuseTakenPorts(
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
function refuseUnknown({ services = [], file }: Step, config: Configuration): void {
  const unknown = services.find((name) => !config.services[name])
  if (unknown === undefined) return
  throw new StepRefused(
    `${file} has no service ${unknown}; it has ${Object.keys(config.services).join(', ')}`,
  )
}

/** @throws StepRefused for a container that would have to be replaced, or that is paused */
function refuseOtherConfiguration(
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
