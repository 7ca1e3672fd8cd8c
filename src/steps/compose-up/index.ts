import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { duration } from '../../fields/duration.ts'
import { projectName, serviceName } from '../../fields/names.ts'
import { port } from '../../fields/numbers.ts'
import type { HostView } from '../../host/host.ts'
import { command } from '../../shell/command.ts'
import {
  composeVariables,
  configurationOf,
  filesOf,
  optionsOf,
  inspectProject,
  isAsConfigured,
  noComposeFile,
  projectFileFields,
  withDependencies,
  type Configuration,
  type Project,
  aboutFiles,
} from '../shared/compose-project.ts'
import {
  changesOf,
  missingPrecondition,
  priorStateOf,
  problemsOf,
  type ProjectState,
} from './project-state.ts'
import { accountOfPlaces } from './replaced-places.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { many, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import { mountsOf } from '../shared/containers.ts'
import { keptImage } from '../shared/owner-label.ts'
import { blockedOnPort, describeHolder, holderOf } from './published-ports.ts'
import { refuseTakenSubnets } from './taken-subnets.ts'
import { changeKind, type Values, aboutContainer } from '../step-kind.ts'

const fields = {
  file: absolutePath.meta({
    description:
      'The Compose file. Compose reads the .env in the project directory, by default the one next to it',
  }),
  ...projectFileFields,
  services: z.array(serviceName).min(1).max(100).optional().meta({
    description:
      'Services to start, with their dependencies, whatever their profiles are. Default: all of the file without a profile',
  }),
  mayExit: z.array(serviceName).max(100).default([]).meta({
    description: 'Services that may end with exit code 0, such as one-shot jobs',
  }),
  within: duration.default(300).meta({
    description:
      'Deadline by which every service runs, and is healthy where it has a health check. Default: 5 minutes',
  }),
  ports: z.array(port).max(50).default([]).meta({
    description:
      'TCP ports of the host that no other process may hold when the run starts. Checked even before the Compose file exists',
  }),
  replaces: projectName.optional().meta({
    title: 'project',
    description:
      'The Compose project whose containers these services replace. The step compares, by service and mount point, what they hold with what the new containers will mount, and refuses to lose data',
  }),
  lost: z
    .array(z.strictObject({ service: serviceName, path: absolutePath }))
    .max(100)
    .default([])
    .meta({
      title: 'places',
      description:
        'Places of the replaced containers that may be lost, as service: and path: in the container. Default: none',
    }),
  settle: z.boolean().default(true).meta({
    description:
      'Whether a service without a health check must still be up two seconds later. Default: true. Set to false where a later step checks the service',
  }),
  scratch: z.boolean().default(false).meta({
    description:
      'Whether the project exists only for this run: an undo also removes the volumes that the step created. project: must hold ${{ run.id }}. Default: false',
  }),
  pull: z
    .enum(['missing', 'never'])
    .default('missing')
    .meta({ description: 'Whether to pull images that the host lacks: missing or never. Default: missing' }),
}
type Step = Values<typeof fields>

/** The project before the step; containers by the first 12 characters of their ids. */
interface Prior {
  readonly ran: readonly string[]
  readonly stopped: readonly string[]
  readonly networks: readonly string[]
  /** Volumes and images that did not exist: an undo names them. */
  readonly volumes: readonly string[]
  readonly images: readonly string[]
  readonly services: readonly string[]
  readonly completes: readonly string[]
  readonly [key: string]: readonly string[]
}

/** Starts the services of a project that do not run. Never replaces a container; refuses one of another configuration. */
export const composeUp = changeKind({
  kind: 'compose-up',
  summary: 'The services of a Compose project run, and are healthy where they have a health check',
  fields,
  traits: { startsStack: true },
  outputs: ['containers'],
  timeoutMinutes: 30,
  usualSeconds: 20,

  validate({ replaces, lost, project }) {
    if (replaces === project) return 'replaces its own project; name the project that serves now'
    return replaces === undefined && lost.length > 0 ? 'needs replaces: where it has lost:' : undefined
  },
  describe: ({ file, project, services }) =>
    `start ${services ? services.join(', ').slice(0, 80) : 'all services'} of ${file} as project ${project}`,
  effects: ({ file, overrides = [], project, replaces }) => [
    { how: 'modifies', what: 'project', name: project },
    ...(replaces === undefined ? [] : [{ how: 'reads', what: 'project', name: replaces } as const]),
    ...[file, ...overrides].map((name) => ({ how: 'reads', what: 'path', name }) as const),
  ],

  async inspect(step, host) {
    const found = await inspectProject(step, host)
    const config = configurationOf(step, found)
    await refuseTakenPorts(step, found, host)
    if (!config) return noComposeFile(found.absent[0] ?? step.file)
    const services = withDependencies(config, step.services)
    refuseUnknown(step, config)
    refuseOtherConfiguration(step, { ...found, config }, services)
    await refuseTakenSubnets({ ...found, config }, services, host)
    const state = { config, found, services, mayExit: step.mayExit }
    const account = await accountOf(step, state, host)
    const blocked = missingPrecondition(state, step.pull) ?? (await blockedOnPort(found, services, host))
    if (blocked) return { ...blocked, notes: [...account.changes, ...account.notes] }
    const priorState: Prior = priorStateOf(state)
    const starts = changesOf(state)
    const changes = starts.length === 0 ? [] : [...starts, ...account.changes]
    return {
      priorState,
      changes,
      ...(account.notes.length > 0 && { notes: account.notes }),
      ...(changes.length === 0 && {
        because: `all services of project ${step.project} run with this configuration`,
      }),
    }
  },

  async apply(step, priorState, host) {
    const { services, completes } = priorState
    const { environment = {} } = step
    const variables = {
      ...{ keep: host.originals, ...composeVariables(step) },
      ...{ services: services.join(' '), completes: completes.join(' ') },
      scratch: step.scratch ? 'yes' : 'no',
      ...{ within: step.within, pull: step.pull, settle: step.settle ? 'yes' : 'no' },
    }
    const script = shellFile('compose-up/apply.sh', variables, step.services)
    await host.run('up', command(script, { environment }))
  },

  async verify(step, host) {
    const found = await inspectProject(step, host)
    const config = configurationOf(step, found)
    if (!config) throw new StepNotVerified(`the Compose file ${step.file} does not exist any more`)
    const services = withDependencies(config, step.services)
    const state = { config, found, services, mayExit: step.mayExit }
    const problems = services.flatMap((service) => problemsOf(service, state))
    if (problems.length > 0) throw new StepNotVerified(`project ${step.project} is not as planned`, problems)
    const containers = found.containers.filter(({ service }) => services.includes(service))
    const healthy = containers.filter(({ health }) => health === 'healthy').length
    const external = Object.values(config.volumes ?? {})
      .filter(({ external }) => external)
      .map(({ name }) => name)
    const account = await accountOf(step, state, host).catch((error: unknown) => {
      throw error instanceof StepRefused ? new StepNotVerified(error.message) : error
    })
    return {
      summary:
        `${countOf(services.length, 'service')} of project ${step.project} ` +
        `${services.length === 1 ? 'runs' : 'run'} with this configuration` +
        (healthy > 0 ? `, ${services.length === 1 ? '' : `${healthy} of them `}healthy by a check` : '') +
        (external.length > 0 ? `; mounted: ${external.join(', ')}` : '') +
        account.summary,
      strength: 'observed',
      facts: {
        ...{ services, volumes: external, project: step.project, files: filesOf(step) },
        options: optionsOf(step),
        mounts: mountsOf(containers),
        ...account.facts,
      },
      // Sorted, because the engine lists containers by their time of creation.
      outputs: {
        containers: containers
          .map(({ id }) => id)
          .sort()
          .join(' '),
      },
    }
  },

  undoes: ({ project, scratch }, { stopped }) =>
    `removes the containers${scratch ? ', volumes' : ''} and networks that it created of project ${project}` +
    (stopped.length > 0 ? `, stops the ${countOf(stopped.length, 'container')} that it started` : '') +
    `; keeps ${scratch ? '' : 'volumes, and '}as images and logs what the containers wrote elsewhere`,

  async undo(step, { ran, stopped, networks, volumes, images }, host) {
    const script = shellFile('compose-up/undo.sh', {
      ...{ keep: host.originals, kept_image: keptImage(host), owner: host.ownerLabel },
      ...{ project: step.project, were: [...ran, ...stopped].join(' '), stopped: stopped.join(' ') },
      ...{ networks: networks.join(' '), scratch: step.scratch ? 'yes' : 'no' },
    })
    const { stdout } = await host.run('down', command(script))
    const left = readFacts(stdout, {
      ...{ anonymous: many, kept: many, image: many, log: many, other: many, replaced: many },
      volume: many,
    })
    return [
      ...left.image.map((name) => ({
        what: `image ${name}`,
        why: 'holds what that container wrote outside its volumes',
      })),
      ...left.log.map((name) => ({
        what: `file ${name}`,
        why: 'holds what that container logged after the step',
      })),
      ...left.anonymous
        .map((line) => line.split(' '))
        .map(([name = '', container = '']) => ({
          what: `volume ${name}`,
          why: `created without a name for container ${container.replace(/^\//, '')}; a rollback removes no volume`,
        })),
      ...volumes
        .filter((name) => !step.scratch || left.volume.includes(name))
        .map((name) => ({
          what: `volume ${name}`,
          why: step.scratch
            ? 'others created it, or use it; kept'
            : 'created by the project; a rollback removes no volume',
        })),
      ...left.other.map((name) => ({
        what: `container ${name.replace(/^\//, '')}`,
        why: 'others created it; kept',
      })),
      ...left.replaced.map((name) => ({
        what: `container ${name.replace(/^\//, '')}`,
        why: 'others created it in place of a container of the step; stopped, its restart disabled, and kept',
      })),
      ...left.kept.map((name) => ({ what: `network ${name}`, why: 'other containers use it' })),
      ...images.map((name) => ({ what: `image ${name}`, why: 'pulled; other containers may use it by now' })),
    ]
  },
})

/** What becomes of the places of the replaced containers: lines of a preview, a part of the evidence, and its facts. */
async function accountOf({ replaces, lost }: Step, state: ProjectState, host: HostView) {
  if (replaces === undefined) return { changes: [], notes: [], summary: '', facts: {} }
  const { notes, sizes, ...places } = await accountOfPlaces({ replaces, lost }, state, host)
  const changes = Object.entries(places).flatMap(([verdict, lines]) =>
    lines.map((line) => `${verdict}: ${line}`),
  )
  const counts = Object.entries(places).map(([verdict, lines]) => `${lines.length} ${verdict}`)
  const lostOnes = places.lost.length > 0 ? ` (${places.lost.join('; ')})` : ''
  return {
    ...{ changes, notes, facts: { ...places, sizes } },
    summary: `; places of project ${replaces}: ${counts.join(', ')}${lostOnes}`,
  }
}

/** @throws StepRefused for a port that another container or process holds */
async function refuseTakenPorts(
  { ports, project }: Pick<Step, 'ports' | 'project'>,
  found: Project,
  host: HostView,
): Promise<void> {
  for (const taken of ports) {
    const holder = await holderOf({ protocol: 'tcp', port: taken, address: '' }, found, host)
    if (holder !== undefined)
      throw new StepRefused(
        `project ${project} publishes port ${taken} of the host, which ${describeHolder(holder)} holds; choose another port, or stop that first`,
      )
  }
}

/** @throws StepRefused for a service that the file lacks */
function refuseUnknown(step: Step, config: Configuration): void {
  const { services = [], mayExit, file } = step
  const unknown = [...services, ...mayExit].find((name) => !config.services[name])
  if (unknown === undefined) return
  throw new StepRefused(
    `${file} has no service ${unknown}; it has ${Object.keys(config.services).join(', ')}`,
    aboutFiles(step),
  )
}

/** @throws StepRefused for a container that would have to be replaced, or that is paused */
function refuseOtherConfiguration(
  { project, file }: Step,
  found: Project & { readonly config: Configuration },
  services: readonly string[],
): void {
  for (const container of found.containers) {
    const { name, service, status } = container
    if (!services.includes(service)) continue
    if (!isAsConfigured(container, found)) {
      throw new StepRefused(
        `container ${name} of project ${project} has another configuration than ${file}; compose-up never ` +
          'replaces a container: use a fresh project name, or remove the container in an earlier step',
        aboutContainer({ name, project }),
      )
    }
    if (status === 'paused') throw new StepRefused(`container ${name} is paused; unpause or stop it first`)
  }
}
