import { z } from 'zod'
import { HostNotReady, QuestionFailed } from '../errors.ts'
import type { HostView } from '../host/host.ts'
import { question } from '../shell/command.ts'
import { sh } from '../shell/script.ts'
import { many, maybe, readFacts } from '../steps/facts.ts'
import { idOf, MAX_STACK_NAME } from './names.ts'

const text = z
  .string()
  .nullable()
  .transform((value) => value ?? '')

const engine = z.object({ security: z.array(z.string()).nullable(), swarm: z.string() })

const mount = z.object({
  Type: z.string(),
  Name: z.string().default(''),
  Source: z.string().default(''),
  Destination: z.string(),
  RW: z.boolean(),
})

const container = z.object({
  id: z.string(),
  name: z.string().transform((name) => name.replace(/^\//, '')),
  image: z.string(),
  project: text,
  service: text,
  oneOff: text,
  /** The stack that it belongs to, if a run created it. */
  stack: text,
  files: text,
  directory: text,
  environmentFile: text,
  hash: text,
  status: z.string(),
  exitCode: z.number(),
  /** The restart policy. */
  policy: z.string(),
  hasHealthCheck: z.boolean(),
  network: z.string(),
  mounts: z.array(mount),
  ports: z
    .record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullable())
    .nullable(),
  /** Names of its variables. Values only of those in SETTINGS, which hold no secret. */
  variables: z.array(z.string()),
  settings: z.record(z.string(), z.string()),
})
export type SurveyedContainer = z.infer<typeof container>

const volume = z.object({
  name: z.string(),
  driver: z.string(),
  options: z.number(),
  /** The directory of the host that it is, by driver_opts of type none with o: bind; else empty. */
  device: text,
  at: z.string(),
  project: text,
})
export type SurveyedVolume = z.infer<typeof volume>

/** The containers and volumes of a host, as its engine reports them. Holds no secret. */
export interface Survey {
  readonly engine: z.infer<typeof engine>
  readonly containers: readonly SurveyedContainer[]
  readonly volumes: ReadonlyMap<string, SurveyedVolume>
  /** The names of its networks. */
  readonly networks: ReadonlySet<string>
}

/** Lists a host's containers and volumes, in one exec. Changes nothing. @throws HostNotReady, QuestionFailed */
export async function survey(host: HostView): Promise<Survey> {
  const output = await host.ask(question(surveyScript, { timeoutSeconds: 120 }))
  const found = readFacts(output, {
    lacks: maybe,
    engine: maybe,
    container: many,
    volume: many,
    network: many,
  })
  if (found.engine === undefined) {
    throw new HostNotReady(host.name, [
      `it has no ${found.lacks ?? 'docker'}; install Docker Engine and Compose v2 there\n  next: reinstate init ${host.name}`,
    ])
  }
  const parse = <Shape extends z.ZodType>(shape: Shape, line: string): z.infer<Shape> => {
    const parsed = shape.safeParse(readJson(line))
    if (parsed.success) return parsed.data
    const wrong = z.prettifyError(parsed.error).slice(0, 300)
    throw new QuestionFailed(host.name, { script: 'docker inspect', exit: 'other words', tail: wrong })
  }
  const volumes = found.volume.map((line) => parse(volume, line))
  const containers = found.container
    .map((line) => parse(container, line))
    .filter(({ oneOff }) => oneOff !== 'True')
    .map((one) => ({ ...one, files: absoluteFiles(one) }))
  // A service that was added later has no label of its own.
  const stacks = new Map(
    containers
      .filter(({ stack, project }) => stack !== '' && project !== '')
      .map(({ project, stack }) => [project, stack]),
  )
  return {
    engine: parse(engine, found.engine),
    containers: containers.map((one) => ({ ...one, stack: stacks.get(one.project) ?? '' })),
    volumes: new Map(volumes.map((one) => [one.name, one])),
    networks: new Set(found.network),
  }
}

/** Compose v1 wrote paths as they were typed, which is from the project's directory. */
function absoluteFiles({ files, directory }: z.infer<typeof container>): string {
  return files
    .split(',')
    .map((file) =>
      file === '' || file.startsWith('/') ? file : `${directory}/${file.replace(/^(\.\/)+/, '')}`,
    )
    .join(',')
}

/** Returns the names of the Compose projects of a survey, sorted. */
export function projectsOf({ containers }: Survey): readonly string[] {
  return [...new Set(containers.map(({ project }) => project))].filter((name) => name !== '').toSorted()
}

/** The label that names a container's stack, whatever its project is called. The override of an init's plan sets it. */
export const STACK_LABEL = 'reinstate.stack'

/** Returns the stack that a container belongs to: by label, else by project. */
export function stackOf({ stack, project }: Pick<SurveyedContainer, 'stack' | 'project'>): string {
  if (stack !== '') return stack
  return project === '' ? '' : idOf(project, MAX_STACK_NAME)
}

/** Returns undefined for text that is not JSON. */
export function readJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Variables that identify a server; none of them holds a secret. */
export const SETTINGS: readonly string[] = [
  'PG_MAJOR',
  'POSTGRES_USER',
  'POSTGRES_DB',
  'MARIADB_VERSION',
  'MARIADB_DATABASE',
  'MARIADB_USER',
  'MYSQL_VERSION',
  'MYSQL_MAJOR',
  'MYSQL_DATABASE',
  'MYSQL_USER',
]

const label = (name: string) => `{{json (index .Config.Labels "com.docker.compose.${name}")}}`
// The engine's template cuts the values off before anything is printed.
const variables = `[{{range $i, $e := .Config.Env}}{{if $i}},{{end}}{{json (index (split $e "=") 0)}}{{end}}]`
const settings =
  `{{range .Config.Env}}{{$p := split . "="}}{{if gt (len $p) 1}}{{$n := index $p 0}}` +
  `{{if or ${SETTINGS.map((name) => `(eq $n "${name}")`).join(' ')}}}{{json $n}}:{{json (index $p 1)}},{{end}}{{end}}{{end}}"":""`
const containerFormat =
  `container={"id":{{json .Id}},"name":{{json .Name}},"image":{{json .Config.Image}},"project":${label('project')},"service":${label('service')},` +
  `"oneOff":${label('oneoff')},"stack":{{json (index .Config.Labels "${STACK_LABEL}")}},` +
  `"files":${label('project.config_files')},"directory":${label('project.working_dir')},` +
  `"environmentFile":${label('project.environment_file')},"hash":${label('config-hash')},"status":{{json .State.Status}},` +
  `"exitCode":{{json .State.ExitCode}},"policy":{{json .HostConfig.RestartPolicy.Name}},"hasHealthCheck":{{with index .Config "Healthcheck"}}true{{else}}false{{end}},` +
  `"network":{{json .HostConfig.NetworkMode}},"mounts":{{json .Mounts}},"ports":{{json .HostConfig.PortBindings}},` +
  `"variables":${variables},"settings":{{"{"}}${settings}}}`

// Other options are not printed: those of a network file system may hold a password.
const device =
  `{{$device := ""}}{{with .Options}}{{$o := .}}{{if eq (or (index . "type") "none") "none"}}{{range split (index . "o") ","}}` +
  `{{if or (eq . "bind") (eq . "rbind")}}{{$device = index $o "device"}}{{end}}{{end}}{{end}}{{end}}{{json $device}}`
const volumeFormat =
  `volume={"name":{{json .Name}},"driver":{{json .Driver}},"options":{{len .Options}},"device":${device},"at":{{json .Mountpoint}},` +
  `"project":{{json (index .Labels "com.docker.compose.project")}}}`

const surveyScript = sh`
set -u
command -v docker > /dev/null || { echo lacks=docker; exit 0; }
docker compose version > /dev/null 2>&1 || { echo 'lacks=Compose v2'; exit 0; }
docker info --format 'engine={"security":{{json .SecurityOptions}},"swarm":{{json .Swarm.LocalNodeState}}}' || exit 3
# A container that is removed between the two commands makes docker inspect fail: try again.
for try in 1 2 3; do
  containers=$(docker ps -aq --no-trunc | xargs -r docker inspect --type container --format ${containerFormat}) && break
  [ $try -lt 3 ] || exit 3
done
printf '%s\\n' "$containers"
docker network ls --format 'network={{.Name}}' || exit 3
docker volume ls -q | xargs -r docker volume inspect --format ${volumeFormat} || exit 3`
