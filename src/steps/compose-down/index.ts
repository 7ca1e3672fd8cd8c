import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { environment } from '../../fields/environment.ts'
import { projectName } from '../../fields/names.ts'
import type { HostView } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import {
  configurationOf,
  filesOf,
  inspectProject,
  noComposeFile,
  type Configuration,
  type Container,
} from '../shared/compose-project.ts'
import { many, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import { KEPT_IMAGES, keptImage } from '../shared/owner-label.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { inStartOrder } from '../shared/start-order.ts'
import { changeKind } from '../step-kind.ts'

const fields = {
  file: absolutePath.meta({
    description: 'The Compose file that the project was started from; an undo starts it from it again',
  }),
  overrides: z
    .array(absolutePath)
    .max(10)
    .optional()
    .meta({ description: 'Compose files that were laid over it, in their order' }),
  project: projectName,
  environment: environment.optional(),
  unnamedVolumes: z.enum(['refuse', 'leave']).default('refuse').meta({
    description:
      'Where a container keeps data in a volume without a name: an undo makes an empty one in its place, the old one stays and is named',
  }),
}

/** What was there, by names of containers. */
interface Prior {
  /** Those that ran, in the order in which an undo starts them. */
  readonly ran: readonly (readonly string[])[]
  readonly stopped: readonly string[]
  readonly ids: readonly string[]
  /** `service count`. */
  readonly services: readonly string[]
  readonly networks: readonly string[]
  readonly [key: string]: readonly (readonly string[] | string)[]
}

/**
 * Takes a project's containers and networks away; volumes and images stay. Refused where an undo could not bring the
 * same back. What a container wrote outside its volumes is kept as an image first.
 */
export const composeDown = changeKind({
  kind: 'compose-down',
  summary: 'A Compose project has no container and no network any more; its volumes and images are there',
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
    const found = await inspectProject(step, host)
    const config = configurationOf(step, found)
    if (!config) return noComposeFile(found.absent[0] ?? step.file)
    const { containers, oneOffs, hashes, projectNetwork } = found
    refuseOthers({ ...step, config, hashes, containers, oneOffs })
    const losses = await lookForLosses(
      containers.map(({ id }) => id),
      host,
    )
    refuseLosses(step, losses)
    const changes = [
      ...containers.map(({ name }) => `takes away container ${name}`),
      ...losses.wrote.map((name) => `keeps what container ${name} wrote outside its volumes as an image`),
      ...losses.unnamed.map(
        ({ name, container }) => `leaves volume ${name} of container ${container}, which has no name`,
      ),
      ...projectNetwork.map((name) => `takes away network ${name}, unless others use it`),
    ]
    return {
      priorState: seenOf(config, containers, projectNetwork),
      changes,
      deletions: containers.map(({ name }) => ({ name: `container ${name}`, entries: 1, bytes: 0 })),
      ...(changes.length === 0 && { because: `project ${step.project} has no container and no network` }),
    }
  },

  async apply(step, priorState, host) {
    const { ran, ids, networks } = priorState
    const variables = {
      ...{ keep: host.originals, owner: host.ownerLabel, kept_image: keptImage(host), files: filesOf(step) },
      ...{ directory: step.file.slice(0, step.file.lastIndexOf('/')) || '/', ids: ids.join(' ') },
      ...{ rows: ran.toReversed().map((row) => row.join(' ')), networks: networks.join(' ') },
    }
    await host.run('take-down', command(shellFile('compose-down/apply.sh', variables)))
  },

  async verify({ project }, host) {
    const output = await host.ask(
      question(shellFile('compose-down/verify.sh', { keep: host.originals, project })),
    )
    const facts = { container: many, network: many, shared: many, volume: many, missing: many }
    const { container, network, shared, volume, missing } = readFacts(output, facts)
    const wrong = [
      ...container.map((name) => `container ${name} is there`),
      ...network.map((name) => `network ${name} is there, and nobody uses it`),
      ...missing.map((name) => `volume ${name}, which the project had, is gone`),
    ]
    if (wrong.length > 0) throw new StepNotVerified(`project ${project} is not taken down as planned`, wrong)
    return {
      summary:
        `project ${project} has no container` +
        (volume.length > 0 ? `; its ${countOf(volume.length, 'volume')} stayed: ${volume.join(', ')}` : '') +
        (shared.length > 0 ? `; others use network ${shared.join(', ')}` : ''),
      strength: 'observed',
      facts: { volumes: volume, networks: shared },
    }
  },

  async undo(step, priorState, host) {
    const { environment = {} } = step
    const script = shellFile('compose-down/undo.sh', {
      ...{ keep: host.originals, kept_image: keptImage(host), project: step.project, files: filesOf(step) },
      ...{ services: priorState.services, rows: priorState.ran.map((row) => row.join(' ')) },
    })
    const { stdout } = await host.run('bring-back', command(script, { environment }))
    const { image, unnamed } = readFacts(stdout, { image: many, unnamed: many })
    return [
      ...image.map((name) => ({
        what: `image ${name}`,
        why: 'holds what that container had written outside its volumes; the new container began without it',
      })),
      ...unnamed
        .map((line) => line.split(' '))
        .map(([name = '', container = '', ...target]) => ({
          what: `volume ${name}`,
          why: `held the data of container ${container} at ${target.join(' ')}; the new container has an empty one there`,
        })),
    ]
  },
})

function seenOf(config: Configuration, containers: readonly Container[], networks: readonly string[]): Prior {
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

/** @throws StepRefused for a container that this file would not bring back as it is. */
function refuseOthers({ project, file, config, hashes, containers, oneOffs }: Present): void {
  const advice = 'stop it with containers-stop instead, or take it away by hand first'
  for (const { name, service, hash, status } of containers) {
    if (!config.services[service])
      throw new StepRefused(`container ${name} of project ${project} is of no service of ${file}; ${advice}`)
    if (hash !== hashes.get(service)) {
      throw new StepRefused(
        `container ${name} of project ${project} was made from another configuration than ${file}, so it could not be ` +
          `brought back; ${advice}`,
      )
    }
    if (status === 'paused') throw new StepRefused(`container ${name} is paused; unpause or stop it first`)
  }
  const [oneOff] = oneOffs
  if (oneOff)
    throw new StepRefused(
      `container ${oneOff.name} of project ${project} was made by "compose run"; ${advice}`,
    )
}

/** What would be lost, or come back as another, if these containers were taken away. */
async function lookForLosses(ids: readonly string[], host: HostView) {
  if (ids.length === 0) return { wrote: [], unnamed: [], otherImage: [] }
  const output = await host.ask(
    question(shellFile('compose-down/inspect.sh', {}, ids), { timeoutSeconds: 600 }),
  )
  const { wrote, unnamed, otherImage } = readFacts(output, { wrote: many, unnamed: many, otherImage: many })
  return {
    wrote,
    unnamed: unnamed.map((line) => {
      const [name = '', container = '', ...target] = line.split(' ')
      return { name, container, target: target.join(' ') }
    }),
    otherImage: otherImage.map((line) => line.split(' ')),
  }
}

/** @throws StepRefused where an undo would not bring the same back. */
function refuseLosses(
  { unnamedVolumes }: { readonly unnamedVolumes: 'refuse' | 'leave' },
  found: Awaited<ReturnType<typeof lookForLosses>>,
): void {
  const [unnamed] = found.unnamed
  if (unnamed && unnamedVolumes === 'refuse') {
    throw new StepRefused(
      `container ${unnamed.container} keeps data at ${unnamed.target} in a volume without a name; taken away and brought ` +
        'back, it would begin with an empty one. Move the data to a named volume, or say unnamedVolumes: leave',
    )
  }
  const [other] = found.otherImage
  if (other) {
    throw new StepRefused(
      `container ${other[0]} runs an image that ${other[1]} no longer names; brought back, it would run another. ` +
        `Name it again: docker tag ${other[2]} ${other[1]}`,
    )
  }
}
