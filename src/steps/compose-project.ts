import { z } from 'zod'
import { StepRefused } from '../errors.ts'
import type { HostView } from '../host/host.ts'
import type { Environment } from '../shell/command.ts'
import { question } from '../shell/command.ts'
import { lines, sh, type Script } from '../shell/script.ts'
import { many, maybe, readFacts } from './facts.ts'
import { pathWords } from './on-the-way.ts'

/** What names a Compose project on a host. */
export interface ProjectRef {
  readonly file: string
  readonly overrides?: readonly string[] | undefined
  readonly project: string
  readonly environment?: Environment | undefined
}

const published = z.object({
  published: z.coerce.string().optional(),
  protocol: z.string().default('tcp'),
  host_ip: z.string().default(''),
})

const service = z.object({
  image: z.string().optional(),
  build: z.unknown().optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string().optional() })).nullish(),
  ports: z.array(published).nullish(),
  volumes: z
    .array(z.object({ type: z.string(), source: z.string().optional(), target: z.string() }))
    .nullish(),
})

const named = z
  .record(z.string(), z.object({ name: z.string(), external: z.boolean().default(false) }))
  .nullish()

const configuration = z.object({
  name: z.string(),
  services: z.record(z.string(), service),
  volumes: named,
  networks: named,
})
export type Configuration = z.infer<typeof configuration>

const label = z
  .string()
  .nullable()
  .transform((value) => value ?? '')

const container = z.object({
  id: z.string(),
  name: z.string(),
  project: label,
  service: label,
  hash: label,
  oneOff: label,
  state: z.object({
    Status: z.string(),
    ExitCode: z.number(),
    Health: z.object({ Status: z.string() }).optional(),
  }),
  mounts: z.array(
    z.object({ Type: z.string(), Name: z.string().default(''), Source: z.string(), Destination: z.string() }),
  ),
  ports: z
    .record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullable())
    .nullable(),
})
export type Container = ReturnType<typeof readContainer>

export type Project = Awaited<ReturnType<typeof lookAtProject>>

/** All that is known of a project and of what it may collide with, found in one exec. */
export async function lookAtProject(ref: ProjectRef, host: HostView) {
  const { environment = {} } = ref
  const output = await host.ask(question(projectScript(ref), { environment, timeoutSeconds: 300 }))
  const found = readFacts(output, {
    compose: maybe,
    symlink: many,
    absent: many,
    wrong: maybe,
    config: maybe,
    hash: many,
    absentMount: many,
    missingImage: many,
    container: many,
    network: many,
    projectNetwork: many,
    volume: many,
    listen: many,
  })
  const containers = found.container.map(readContainer)
  return {
    ...found,
    config: found.config === undefined ? undefined : configuration.parse(readJson(found.config)),
    hashes: new Map(found.hash.map((line) => line.split(' ')).map(([name = '', hash = '']) => [name, hash])),
    /** Of this project, without those of `compose run`. */
    containers: containers.filter(({ project, oneOff }) => project === ref.project && oneOff !== 'True'),
    oneOffs: containers.filter(({ project, oneOff }) => project === ref.project && oneOff === 'True'),
    others: containers.filter(({ project, status }) => project !== ref.project && status === 'running'),
    mountpoints: new Map(
      found.volume.map((line) => line.split('|')).map(([name = '', at = '']) => [name, at]),
    ),
  }
}

function readContainer(text: string) {
  const { name, state, ...rest } = container.parse(readJson(text))
  const health = state.Health?.Status ?? ''
  return { ...rest, name: name.replace(/^\//, ''), status: state.Status, exitCode: state.ExitCode, health }
}

/** What docker printed. Not an error of JSON's own: that quotes the text, in which there may be secrets. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new StepRefused('docker printed something else than JSON; is its version supported?')
  }
}

/** These services and all that they depend on; without any, all of the file. */
export function withNeeds({ services }: Configuration, wanted: readonly string[] | undefined): string[] {
  const found = new Set<string>()
  const add = (name: string) => {
    if (found.has(name) || !services[name]) return
    found.add(name)
    Object.keys(services[name].depends_on ?? {}).forEach(add)
  }
  ;(wanted ?? Object.keys(services)).forEach(add)
  return [...found].sort()
}

/** `docker compose` for this project and nothing else. Orphans stay, whatever the environment of the host says. */
export function compose({ file, overrides = [], project }: ProjectRef): Script {
  const files = [file, ...overrides].flatMap((path) => ['-f', path])
  return sh`env COMPOSE_REMOVE_ORPHANS=0 docker compose --ansi never -p ${project} ${files}`
}

/**
 * Reads a configuration as `config` prints it and prints `service hash`, as containers carry it in their labels. Asked of
 * the file itself, Compose gives another hash for a service with an env_file: it does not read that first.
 */
export function hashesOf(project: string, file: string): Script {
  const directory = file.slice(0, file.lastIndexOf('/')) || '/'
  return sh`docker compose --ansi never -p ${project} --project-directory ${directory} -f - config --hash ${'*'}`
}

function projectScript(ref: ProjectRef): Script {
  const { file, overrides = [], project } = ref
  return lines(
    pathWords,
    sh`
set -u
docker info > /dev/null || exit 3
version=$(docker compose version --short 2>/dev/null) || version=
printf 'compose=%s\\n' "$version"
for file in ${[file, ...overrides]}; do
  printf 'symlink=%s\\n' "$(symlink_in "$file")"
  [ -f "$file" ] || { printf 'absent=%s\\n' "$file"; version=; }
done
[ -n "$version" ] || exit 0
said=$(mktemp) || exit 3
trap 'rm -f -- "$said"' EXIT
config=$(${compose(ref)} config --format json 2> "$said") || { printf 'wrong=%s\\n' "$(tail -n 1 "$said")"; exit 0; }
printf 'config=%s\\n' "$(printf %s "$config" | tr -d '\\n')"
printf %s "$config" | sed -n 's/^ *"source": "\\(\\/[^"]*\\)",\\{0,1\\}$/\\1/p' | sort -u | while IFS= read -r source; do
  [ -e "$source" ] || printf 'absentMount=%s\\n' "$source"
done
printf %s "$config" | ${hashesOf(project, file)} 2> /dev/null | sed 's/^/hash=/'
for image in $(${compose(ref)} config --images 2> /dev/null | sort -u); do
  docker image inspect "$image" > /dev/null 2>&1 || printf 'missingImage=%s\\n' "$image"
done
docker network ls --format 'network={{.Name}}'
docker network ls --filter label=com.docker.compose.project=${project} --format 'projectNetwork={{.Name}}'
docker volume ls --format 'volume={{.Name}}|{{.Mountpoint}}'
for try in 1 2 3; do
  ids=$(docker ps -aq --no-trunc) || exit
  # A container that goes between the two makes a gap, and a gap is no answer.
  containers=$(printf %s "$ids" | xargs -r docker inspect --format ${inspectFormat} 2> "$said") && break
  [ $try -lt 3 ] || { cat "$said" >&2; exit 3; }
done
printf '%s\\n' "$containers"
for table in tcp tcp6 udp udp6; do
  [ ! -r /proc/net/$table ] || awk -v t=$table '$4 == "0A" || (t ~ /^udp/ && $4 == "07") { print "listen=" t, $2, $10 }' /proc/net/$table
done
exit 0`,
  )
}

const labelOf = (name: string) => `{{json (index .Config.Labels "com.docker.compose.${name}")}}`
const inspectFormat =
  `container={"id":{{json .Id}},"name":{{json .Name}},"project":${labelOf('project')},"service":${labelOf('service')},` +
  `"hash":${labelOf('config-hash')},"oneOff":${labelOf('oneoff')},"state":{{json .State}},"mounts":{{json .Mounts}},` +
  `"ports":{{json .HostConfig.PortBindings}}}`
