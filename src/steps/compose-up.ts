import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../errors.ts'
import { absolutePath } from '../fields/absolute-path.ts'
import { duration } from '../fields/duration.ts'
import { environment } from '../fields/environment.ts'
import { projectName, serviceName } from '../fields/names.ts'
import { command } from '../shell/command.ts'
import { lookAtProject, withNeeds, type Configuration, type Project } from './compose-project.ts'
import { changesOf, seenOf, waitsFor, wrongWith } from './project-state.ts'
import { startAndWait, stopAndRemove } from './compose-scripts.ts'
import { many, readFacts } from './facts.ts'
import { refuseSymlink } from './on-the-way.ts'
import { whoHoldsPorts } from './published-ports.ts'
import { stepKind, type Values } from './step-kind.ts'

const fields = {
  /** The Compose file; its directory is the project's, with the .env that Compose reads there. */
  file: absolutePath,
  overrides: z.array(absolutePath).max(10).optional(),
  /** Pinned: a directory of another name mounts no other volumes. */
  project: projectName,
  environment: environment.optional(),
  /** Those to start, with what they depend on; all of the file unless said. */
  services: z.array(serviceName).min(1).max(100).optional(),
  /** Until when every service must run, and be healthy where it has a health check. */
  within: duration.default(300),
  pull: z.enum(['missing', 'never']).default('missing'),
}
type Step = Values<typeof fields>

/** What was there before; containers by the first 12 characters of their ids. */
interface Seen {
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
export const composeUp = stepKind({
  kind: 'compose-up',
  summary: 'The services of a Compose project run, and are healthy where they have a health check',
  fields,
  outputs: ['containers'],
  timeoutMinutes: 30,

  describe: ({ file, project, services }) =>
    `start ${services ? services.join(', ').slice(0, 80) : 'all services'} of ${file} as project ${project}`,
  touches: ({ file, overrides = [], project }) => [
    { how: 'changes', what: 'project', name: project },
    ...[file, ...overrides].map((name) => ({ how: 'reads', what: 'path', name }) as const),
  ],
  mayRepeat: () => true,
  cannotUndo: () => undefined,

  async look(step, host) {
    const found = await lookAtProject(step, host)
    const config = configOf(step, found)
    if (!config) return { later: `the Compose file ${found.absent[0] ?? step.file}` }
    const services = withNeeds(config, step.services)
    refuseUnknown(step, config)
    refuseOtherConfiguration(step, found, services)
    const waited = waitsFor({ config, found, services }, step.pull)
    if (waited) return { later: waited }
    const holder = await whoHoldsPorts(found, services, host)
    if (holder)
      throw new StepRefused(
        `project ${step.project} cannot be started: ${holder}. Stop that first, or publish another port`,
      )
    const seen: Seen = seenOf({ config, found, services })
    const changes = changesOf({ config, found, services })
    return {
      seen,
      changes,
      ...(changes.length === 0 && {
        because: `all services of project ${step.project} run with this configuration`,
      }),
    }
  },

  async run(step, seen, host) {
    const { services, completes } = seen
    const { environment = {} } = step
    const { stdout } = await host.run(
      'up',
      command(startAndWait({ step, services, completes }, host), { environment }),
    )
    return { containers: readFacts(stdout, { container: many }).container.join(' ') }
  },

  async verify(step, host) {
    const found = await lookAtProject(step, host)
    const config = configOf(step, found)
    if (!config) throw new StepNotVerified(`the Compose file ${step.file} is not there any more`)
    const services = withNeeds(config, step.services)
    const wrong = services.flatMap((service) => wrongWith(service, { config, found, services }))
    if (wrong.length > 0) throw new StepNotVerified(`project ${step.project} is not as planned`, wrong)
    const healthy = found.containers.filter(({ health }) => health === 'healthy').length
    const external = Object.values(config.volumes ?? {})
      .filter(({ external }) => external)
      .map(({ name }) => name)
    return {
      summary:
        `${services.length} services of project ${step.project} run with this configuration, ${healthy} of them healthy by a check` +
        (external.length > 0 ? `; mounted: ${external.join(', ')}` : ''),
      strength: 'observed',
      facts: { services, volumes: external },
    }
  },

  async undo(step, { ran, stopped, networks, volumes, images }, host) {
    const script = stopAndRemove(
      { project: step.project, were: [...ran, ...stopped], stopped, networks },
      host,
    )
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

/** undefined where a file is missing. @throws StepRefused where Compose or the file is not right. */
function configOf(step: Step, found: Project): Configuration | undefined {
  if (!found.compose) {
    throw new StepRefused(
      'this host has no Compose v2 (docker compose); install the plugin: apt-get install docker-compose-plugin or docker-compose-v2',
    )
  }
  if (/^v?1\./.test(found.compose))
    throw new StepRefused(`this host has Compose ${found.compose}; version 2 is needed`)
  ;[step.file, ...(step.overrides ?? [])].forEach((path, index) => refuseSymlink(path, found.symlink[index]))
  if (found.absent.length > 0) return undefined
  if (found.wrong !== undefined) throw new StepRefused(`Compose does not take ${step.file}: ${found.wrong}`)
  return found.config
}

function refuseUnknown({ services = [], file }: Step, config: Configuration): void {
  const unknown = services.find((name) => !config.services[name])
  if (unknown === undefined) return
  throw new StepRefused(
    `${file} has no service ${unknown}; it has ${Object.keys(config.services).join(', ')}`,
  )
}

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
