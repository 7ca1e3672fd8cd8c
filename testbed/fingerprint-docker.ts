import { z } from 'zod'
import type { Droplet } from './droplet.ts'
import { fingerprintLine } from './fingerprint-line.ts'

const labels = z.record(z.string(), z.string()).nullish()
const containerSchema = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  State: z.object({ Running: z.boolean(), Paused: z.boolean() }),
  Config: z.object({ Image: z.string(), Labels: labels }),
  HostConfig: z.object({ RestartPolicy: z.object({ Name: z.string() }) }),
  Mounts: z.array(
    z.object({
      Type: z.string(),
      Name: z.string().optional(),
      Source: z.string(),
      Destination: z.string(),
      RW: z.boolean(),
    }),
  ),
})
const volumeSchema = z.object({
  Name: z.string(),
  Driver: z.string(),
  Mountpoint: z.string(),
  Labels: labels,
  Options: labels,
})
const networkSchema = z.object({
  Name: z.string(),
  Driver: z.string(),
  Internal: z.boolean(),
  Labels: labels,
})
const imageSchema = z.object({ Id: z.string(), RepoTags: z.array(z.string()).nullish() })

/** A line for each container, running or not. */
export async function containerLines(droplet: Droplet): Promise<readonly string[]> {
  return (await containers(droplet)).map(({ Id, Name, Image, State, Config, HostConfig, Mounts }) =>
    fingerprintLine(
      `container ${Name.replace(/^\//, '')}`,
      `id ${Id.slice(0, 12)}`,
      `image ${Config.Image} ${Image.slice(7, 19)}`,
      `project ${Config.Labels?.['com.docker.compose.project'] ?? 'none'}`,
      `state ${State.Paused ? 'paused' : State.Running ? 'running' : 'stopped'}`,
      `restart ${HostConfig.RestartPolicy.Name}`,
      ...Mounts.map((mount) => `mount ${mountText(mount)}`).toSorted(),
    ),
  )
}

/** A line for each image; those without a name too. */
export async function imageLines(droplet: Droplet): Promise<readonly string[]> {
  const images = await inspected(
    droplet,
    'docker image ls -q --no-trunc | sort -u',
    'docker image inspect',
    imageSchema,
  )
  return images.map(({ Id, RepoTags }) =>
    fingerprintLine(`image ${Id.slice(7, 19)}`, `tags ${RepoTags?.toSorted().join(' ') || 'none'}`),
  )
}

/** A line for each network. */
export async function networkLines(droplet: Droplet): Promise<readonly string[]> {
  const networks = await inspected(droplet, 'docker network ls -q', 'docker network inspect', networkSchema)
  return networks.map(({ Name, Driver, Internal, Labels }) =>
    fingerprintLine(
      `network ${Name}`,
      `driver ${Driver}`,
      Internal ? 'internal' : undefined,
      `labels ${text(Labels)}`,
    ),
  )
}

/** A line for each volume, with the sum of what is in it where nothing that runs can write to it. */
export async function volumeLines(
  droplet: Droplet,
  withoutContentsOf: readonly string[],
): Promise<readonly string[]> {
  const [volumes, all] = await Promise.all([
    inspected(droplet, 'docker volume ls -q', 'docker volume inspect', volumeSchema),
    containers(droplet),
  ])
  const served = all
    .filter(({ State }) => State.Running)
    .flatMap(({ Mounts }) => Mounts.map(({ Name }) => Name))
  return await Promise.all(
    volumes.map(async ({ Name, Driver, Mountpoint, Labels, Options }) => {
      const contents = withoutContentsOf.includes(Name)
        ? undefined
        : served.includes(Name)
          ? 'contents in use'
          : `contents ${(await droplet.must(CONTENTS, { env: { AT: Mountpoint } })).replace('\n', ', ')}`
      const facts = [`driver ${Driver}`, `labels ${text(Labels)}`, `options ${text(Options)}`]
      return fingerprintLine(`volume ${Name}`, ...facts, contents)
    }),
  )
}

const CONTENTS = String.raw`
cd "$AT" || { echo gone; exit; }
find . | wc -l | sed 's/$/ entries/'
{ find . ! -type d -printf '%p\0%y %m %U:%G %s %n %l\0'; find . -type d -printf '%p\0%m %U:%G\0'; find . -type f -print0 | xargs -0 -r sha256sum -z; } |
  LC_ALL=C sort -z | sha256sum | cut -c 1-64
`

async function containers(droplet: Droplet): Promise<readonly z.infer<typeof containerSchema>[]> {
  return await inspected(droplet, 'docker ps -aq --no-trunc', 'docker inspect', containerSchema)
}

async function inspected<Shape extends z.ZodType>(
  droplet: Droplet,
  list: string,
  inspect: string,
  shape: Shape,
): Promise<readonly z.infer<Shape>[]> {
  const output = await droplet.must(`names=$(${list}); [ -z "$names" ] || ${inspect} $names`)
  return output === '' ? [] : z.array(shape).parse(JSON.parse(output))
}

function mountText({
  Type,
  Name,
  Source,
  Destination,
  RW,
}: z.infer<typeof containerSchema>['Mounts'][number]): string {
  return `${Type} ${Name ?? Source} at ${Destination}${RW ? '' : ' read-only'}`
}

function text(record: Readonly<Record<string, string>> | null | undefined): string {
  const entries = Object.entries(record ?? {}).map(([name, value]) => `${name}=${value}`)
  return entries.toSorted().join(' ') || 'none'
}
