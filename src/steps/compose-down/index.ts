import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import type { Host, HostView } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import {
  composeVariables,
  configurationOf,
  filesOf,
  inspectProject,
  noComposeFile,
  projectDirectoryOf,
  projectFileFields,
  type Configuration,
} from '../shared/compose-project.ts'
import { isUp, portsOf, type Container } from '../shared/containers.ts'
import { many, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import { KEPT_IMAGES, keptImage } from '../shared/owner-label.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { inStartOrder } from '../shared/start-order.ts'
import { changeKind, type Leftover, aboutContainer } from '../step-kind.ts'

const fields = {
  file: absolutePath.meta({
    description:
      'The Compose file that the project was started from. An undo starts the project from it again',
  }),
  ...projectFileFields,
  unnamedVolumes: z.enum(['refuse', 'leave']).default('refuse').meta({
    description:
      'For a container with data in an anonymous volume: refuse the step, or leave the volume. An undo then starts with an empty one and names the old one. Default: refuse',
  }),
  scratch: z.boolean().default(false).meta({
    description:
      'Whether the project exists only for this run: an undo starts nothing. project: must hold ${{ run.id }}. Default: false',
  }),
}

/** The containers may belong to any profile. */
const EVERY_SERVICE = { services: [] }

/** The project before the step, by names of containers. */
interface Prior {
  /** Containers that ran, in rows of their start order. */
  readonly ran: readonly (readonly string[])[]
  readonly stopped: readonly string[]
  readonly ids: readonly string[]
  /** `service count`. */
  readonly services: readonly string[]
  readonly networks: readonly string[]
  readonly [key: string]: readonly (readonly string[] | string)[]
}

/**
 * Removes the containers and networks of a project; volumes and images stay. Refuses where an undo could not restore the
 * same containers. Keeps what a container wrote outside its volumes as an image.
 */
export const composeDown = changeKind({
  kind: 'compose-down',
  summary: 'A Compose project has no container and no network; its volumes and images still exist',
  fields,
  timeoutMinutes: 30,
  usualSeconds: 15,

  describe: ({ file, project }) => `take down project ${project} of ${file}, keeping its volumes and images`,
  effects: ({ file, overrides = [], project }) => [
    { how: 'deletes', what: 'project', name: project },
    { how: 'creates', what: 'image', name: KEPT_IMAGES },
    ...[file, ...overrides].map((name) => ({ how: 'reads', what: 'path', name }) as const),
  ],

  async inspect(step, host) {
    const found = await inspectProject({ ...step, ...EVERY_SERVICE }, host)
    const config = configurationOf(step, found)
    if (!config) return noComposeFile(found.absent[0] ?? step.file)
    const { containers, oneOffs, hashes, projectNetwork } = found
    refuseOthers({ ...step, config, hashes, containers, oneOffs })
    const losses = await lossesOf(
      containers.map(({ id }) => id),
      host,
    )
    refuseLosses(step, losses)
    const changes = [
      ...containers.map(({ name }) => `removes container ${name}`),
      ...losses.wrote.map((name) => `keeps what container ${name} wrote outside its volumes as an image`),
      ...losses.unnamed.map(
        ({ name, container }) => `leaves volume ${name} of container ${container}, which is anonymous`,
      ),
      ...projectNetwork.map((name) => `removes network ${name}, unless other containers use it`),
    ]
    return {
      priorState: priorStateOf(config, containers, projectNetwork),
      changes,
      deletions: containers.map(({ name }) => ({ name: `container ${name}`, entries: 1, bytes: 0 })),
      ...(changes.length === 0 && { because: `project ${step.project} has no container and no network` }),
      ...(!step.scratch && { undoPorts: portsOf(containers.filter(isUp)) }),
    }
  },

  async apply(step, priorState, host) {
    const { ran, ids, networks } = priorState
    const variables = {
      ...{ keep: host.originals, owner: host.ownerLabel, kept_image: keptImage(host), files: filesOf(step) },
      ...{ directory: projectDirectoryOf(step), env_files: step.envFiles ?? [], ids: ids.join(' ') },
      ...{ rows: ran.toReversed().map((row) => row.join(' ')), networks: networks.join(' ') },
      scratch: step.scratch ? 'yes' : 'no',
    }
    await host.run('take-down', command(shellFile('compose-down/apply.sh', variables)))
  },

  async verify({ project }, host) {
    const output = await host.ask(
      question(shellFile('compose-down/verify.sh', { keep: host.originals, project })),
    )
    const facts = { container: many, network: many, shared: many, volume: many, missing: many }
    const { container, network, shared, volume, missing } = readFacts(output, facts)
    const problems = [
      ...container.map((name) => `container ${name} exists`),
      ...network.map((name) => `network ${name} exists, and no container uses it`),
      ...missing.map((name) => `volume ${name} of the project is missing`),
    ]
    if (problems.length > 0) throw new StepNotVerified(`project ${project} is not taken down`, problems)
    return {
      summary:
        `project ${project} has no container` +
        (volume.length > 0 ? `; its ${countOf(volume.length, 'volume')} stayed: ${volume.join(', ')}` : '') +
        (shared.length > 0 ? `; other containers use network ${shared.join(', ')}` : ''),
      strength: 'observed',
      facts: { projects: [project], volumes: volume, networks: shared },
    }
  },

  undoes: ({ project, file, scratch }, { ran, services }) =>
    scratch
      ? `nothing: project ${project} exists only for this run`
      : `creates ${countOf(services.length, 'service')} of project ${project} again from ${file} and starts the ${countOf(ran.flat().length, 'container')} that ran`,

  async undo(step, priorState, host) {
    if (step.scratch) return await forget(host)
    const { environment = {} } = step
    const script = shellFile('compose-down/undo.sh', {
      ...{ keep: host.originals, kept_image: keptImage(host) },
      ...composeVariables({ ...step, ...EVERY_SERVICE }),
      ids: priorState.ids.join(' '),
      ...{ services: priorState.services, rows: priorState.ran.map((row) => row.join(' ')) },
    })
    const { stdout } = await host.run('bring-back', command(script, { environment }))
    const { image, unnamed } = readFacts(stdout, { image: many, unnamed: many })
    return [
      ...image.map((name) => ({
        what: `image ${name}`,
        why: 'holds what that container wrote outside its volumes; the new container started without it',
      })),
      ...unnamed.map(unnamedIn).map(({ name, container, target }) => ({
        what: `volume ${name}`,
        why: `holds the data of container ${container} at ${target}; the new container has an empty volume there`,
      })),
    ]
  },
})

/** Leaves a scratch project down, and names what its containers wrote. */
async function forget(host: Host): Promise<readonly Leftover[]> {
  const script = shellFile('compose-down/forget.sh', { keep: host.originals, kept_image: keptImage(host) })
  const { stdout } = await host.run('forget', command(script))
  const { image, unnamed } = readFacts(stdout, { image: many, unnamed: many })
  return [
    ...image.map((name) => ({
      what: `image ${name}`,
      why: 'holds what that container wrote outside its volumes',
    })),
    ...unnamed.map((line) => {
      const { name, container, target } = unnamedIn(line)
      return { what: `volume ${name}`, why: `holds the data of container ${container} at ${target}` }
    }),
  ]
}

/** Parses what unnamed_volumes of container-data.sh prints for a volume. */
function unnamedIn(line: string) {
  const [name = '', container = '', ...target] = line.split(' ')
  return { name, container, target: target.join(' ') }
}

function priorStateOf(
  config: Configuration,
  containers: readonly Container[],
  networks: readonly string[],
): Prior {
  const ordered = containers.map(({ name, service, project, status }) => ({
    ...{ name, service, project, status },
    dependsOn: Object.keys(config.services[service]?.depends_on ?? {}).join(','),
  }))
  const up = (status: string) => status === 'running' || status === 'restarting'
  const services = [...new Set(containers.map(({ service }) => service))]
  return {
    ran: inStartOrder(ordered.filter(({ status }) => up(status))).map((row) => row.map(({ name }) => name)),
    stopped: ordered.filter(({ status }) => !up(status)).map(({ name }) => name),
    ids: containers.map(({ id }) => id.slice(0, 12)),
    services: services.map(
      (name) => `${name} ${containers.filter(({ service }) => service === name).length}`,
    ),
    networks,
  }
}

interface Present {
  readonly project: string
  readonly file: string
  readonly config: Configuration
  readonly hashes: ReadonlyMap<string, string>
  readonly containers: readonly Container[]
  readonly oneOffs: readonly Container[]
}

/** @throws StepRefused for a container that an undo could not create again from this file. */
function refuseOthers({ project, file, config, hashes, containers, oneOffs }: Present): void {
  const advice = 'stop it with containers-stop instead, or remove it by hand first'
  for (const { name, service, hash, status } of containers) {
    if (!config.services[service])
      throw new StepRefused(
        `container ${name} of project ${project} belongs to no service of ${file}; ${advice}`,
        aboutContainer({ name, project }),
      )
    if (hash !== hashes.get(service)) {
      throw new StepRefused(
        `container ${name} of project ${project} has another configuration than ${file}, so an undo could not ` +
          `restore it; ${advice}`,
        aboutContainer({ name, project }),
      )
    }
    if (status === 'paused') throw new StepRefused(`container ${name} is paused; unpause or stop it first`)
  }
  const [oneOff] = oneOffs
  if (oneOff)
    throw new StepRefused(
      `container ${oneOff.name} of project ${project} was created by "compose run"; ${advice}`,
      aboutContainer({ name: oneOff.name, project }),
    )
}

/** What the removal of these containers would lose, and what an undo would not restore as it is. */
async function lossesOf(ids: readonly string[], host: HostView) {
  if (ids.length === 0) return { wrote: [], unnamed: [], otherImage: [] }
  const output = await host.ask(
    question(shellFile('compose-down/inspect.sh', {}, ids), { timeoutSeconds: 600 }),
  )
  const { wrote, unnamed, otherImage } = readFacts(output, { wrote: many, unnamed: many, otherImage: many })
  return {
    wrote,
    unnamed: unnamed.map(unnamedIn),
    otherImage: otherImage.map((line) => line.split(' ')),
  }
}

/** @throws StepRefused where an undo would not restore the same containers. */
function refuseLosses(
  { unnamedVolumes }: { readonly unnamedVolumes: 'refuse' | 'leave' },
  found: Awaited<ReturnType<typeof lossesOf>>,
): void {
  const [unnamed] = found.unnamed
  if (unnamed && unnamedVolumes === 'refuse') {
    throw new StepRefused(
      `container ${unnamed.container} keeps data at ${unnamed.target} in an anonymous volume; after an undo ` +
        'it would start with an empty one. Move the data to a named volume, or set unnamedVolumes: leave',
    )
  }
  const [other] = found.otherImage
  if (other) {
    throw new StepRefused(
      `container ${other[0]} runs an image that ${other[1]} no longer names; an undo would start another image. ` +
        `Restore the name: docker tag ${other[2]} ${other[1]}`,
    )
  }
}
