import { z } from 'zod'
import type { TestHost } from './test-host.ts'
import { fingerprintLine } from './fingerprint-line.ts'
import { TestbedFailed } from './outer-docker.ts'

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
const names = z.array(z.string()).nullish()
const imageSchema = z.object({ Id: z.string(), RepoTags: names, RepoDigests: names })
const volumesSchema = z.object({ Volumes: z.array(volumeSchema).nullish() })

type Container = z.infer<typeof containerSchema>
type Volume = z.infer<typeof volumeSchema>

/**
 * Returns a line for each container, image (also untagged), network and volume. The line of a volume has the checksum of its
 * contents unless a running container can write to it.
 */
export async function engineLines(
  testHost: TestHost,
  withoutContentsOf: readonly string[],
): Promise<readonly string[]> {
  const { exitCode, stdout, stderr } = await testHost.exec(ASK)
  if (exitCode === NO_ENGINE) return ['no engine answers']
  if (exitCode !== 0) throw new TestbedFailed(`${testHost.name}: its engine could not be asked: ${stderr}`)
  const [images = '', networks = '', volumes = '', ...inspected] = stdout.split('\n').filter(Boolean)
  const containers = inspected.map((one) => containerSchema.parse(JSON.parse(one)))
  return [
    ...containers.map(containerLine),
    ...z.array(imageSchema).parse(JSON.parse(images)).map(imageLine),
    ...z.array(networkSchema).parse(JSON.parse(networks)).map(networkLine),
    ...(await volumeLines(
      testHost,
      volumesSchema.parse(JSON.parse(volumes)).Volumes ?? [],
      containers,
      withoutContentsOf,
    )),
  ]
}

const NO_ENGINE = 7

// The engine's API: one docker program per query would be the largest cost of a fingerprint.
const ASK = String.raw`
ask() { curl -s --unix-socket /run/docker.sock "$@"; }
ask -f http://engine/_ping > /dev/null || exit ${NO_ENGINE}
ask http://engine/images/json http://engine/networks http://engine/volumes
set --
for id in $(ask 'http://engine/containers/json?all=1' | grep -oE '"Id":"[0-9a-f]{64}"' | grep -oE '[0-9a-f]{64}'); do
  set -- "$@" "http://engine/containers/$id/json"
done
[ $# -eq 0 ] || ask -f "$@"
`

function containerLine({ Id, Name, Image, State, Config, HostConfig, Mounts }: Container): string {
  return fingerprintLine(
    `container ${Name.replace(/^\//, '')}`,
    `id ${Id.slice(0, 12)}`,
    `image ${Config.Image} ${Image.slice(7, 19)}`,
    `project ${Config.Labels?.['com.docker.compose.project'] ?? 'none'}`,
    `state ${State.Paused ? 'paused' : State.Running ? 'running' : 'stopped'}`,
    `restart ${HostConfig.RestartPolicy.Name}`,
    ...Mounts.map((mount) => `mount ${mountText(mount)}`).toSorted(),
  )
}

/** An image that was pulled by its digest has no tag. */
function imageLine({ Id, RepoTags, RepoDigests }: z.infer<typeof imageSchema>): string {
  const digests = RepoTags?.length ? undefined : RepoDigests?.toSorted().join(' ')
  return fingerprintLine(
    `image ${Id.slice(7, 19)}`,
    `tags ${RepoTags?.toSorted().join(' ') || 'none'}`,
    digests && `digests ${digests}`,
  )
}

function networkLine({ Name, Driver, Internal, Labels }: z.infer<typeof networkSchema>): string {
  return fingerprintLine(
    `network ${Name}`,
    `driver ${Driver}`,
    Internal ? 'internal' : undefined,
    `labels ${text(Labels)}`,
  )
}

async function volumeLines(
  testHost: TestHost,
  volumes: readonly Volume[],
  containers: readonly Container[],
  withoutContentsOf: readonly string[],
): Promise<readonly string[]> {
  const served = new Set(
    containers.filter(({ State }) => State.Running).flatMap(({ Mounts }) => Mounts.map(({ Name }) => Name)),
  )
  const still = volumes.filter(({ Name }) => !served.has(Name) && !withoutContentsOf.includes(Name))
  const contents = await contentsOf(testHost, still)
  return volumes.map((volume) => {
    const { Name, Driver, Labels, Options } = volume
    const facts = [`driver ${Driver}`, `labels ${text(Labels)}`, `options ${text(Options)}`]
    if (withoutContentsOf.includes(Name)) return fingerprintLine(`volume ${Name}`, ...facts)
    const found = served.has(Name) ? 'in use' : contents.get(volume)
    return fingerprintLine(`volume ${Name}`, ...facts, `contents ${found}`)
  })
}

async function contentsOf(
  testHost: TestHost,
  volumes: readonly Volume[],
): Promise<ReadonlyMap<Volume, string>> {
  if (volumes.length === 0) return new Map()
  const lines = (
    await testHost.must(CONTENTS, { env: { ALL: volumes.map(({ Mountpoint }) => Mountpoint).join('\n') } })
  ).split('\n')
  return new Map(volumes.map((volume, index) => [volume, lines[index] ?? 'unknown']))
}

// One line per place.
const CONTENTS = String.raw`
printf '%s\n' "$ALL" | while read -r at; do
  cd "$at" 2> /dev/null || { echo gone; continue; }
  entries=$(find . | wc -l)
  sum=$({ find . ! -type d -printf '%p\0%y %m %U:%G %s %n %l\0'; find . -type d -printf '%p\0%m %U:%G\0'; find . -type f -print0 | xargs -0 -r sha256sum -z; } |
    LC_ALL=C sort -z | sha256sum | cut -c 1-64)
  echo "$entries entries, $sum"
done
`

function mountText({ Type, Name, Source, Destination, RW }: Container['Mounts'][number]): string {
  return `${Type} ${Name ?? Source} at ${Destination}${RW ? '' : ' read-only'}`
}

function text(record: Readonly<Record<string, string>> | null | undefined): string {
  const entries = Object.entries(record ?? {}).map(([name, value]) => `${name}=${value}`)
  return entries.toSorted().join(' ') || 'none'
}
