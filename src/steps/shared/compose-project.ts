import { z } from 'zod'
import { StepRefused } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { environment } from '../../fields/environment.ts'
import { projectName } from '../../fields/names.ts'
import type { HostView } from '../../host/host.ts'
import { question, type Environment } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { blockedOnMissing, type Blocked, aboutContent } from '../step-kind.ts'
import { refuseSymlink } from './symlink-guard.ts'
import { many, maybe, readFacts } from '../facts.ts'
import { readContainers, readJson, type Container } from './containers.ts'

/** A Compose project on a host: files, name and environment. */
export interface ProjectRef {
  readonly file: string
  readonly overrides?: readonly string[] | undefined
  readonly project: string
  readonly projectDirectory?: string | undefined
  readonly envFiles?: readonly string[] | undefined
  readonly environment?: Environment | undefined
  /** Named services are read, and started, whatever their profiles are. */
  readonly services?: readonly string[] | undefined
}

/** The fields of a plan that name the files of a project, as `docker compose` takes them. */
export const projectFileFields = {
  overrides: z
    .array(absolutePath)
    .max(10)
    .optional()
    .meta({ description: 'More Compose files, each overriding those before it' }),
  // Required: Compose's default, the directory's name, would make another project with other volumes after a move.
  project: projectName.meta({ description: "The project's name, regardless of the directory and the file" }),
  projectDirectory: absolutePath.optional().meta({
    description:
      'As --project-directory: relative paths of the Compose files start there. Default: the directory of file',
  }),
  envFiles: z.array(absolutePath).min(1).max(10).optional().meta({
    description:
      'As --env-file: read instead of the .env in the project directory, each overriding those before it',
  }),
  environment: environment
    .optional()
    .meta({ description: 'Variables for the Compose files. They take precedence over .env' }),
}

/** The Compose files in their order of precedence, lowest first. */
export function filesOf({ file, overrides = [] }: ProjectRef): readonly string[] {
  return [file, ...overrides]
}

/** The directory that relative paths start from, and that holds the .env. */
export function projectDirectoryOf({ file, projectDirectory }: ProjectRef): string {
  return projectDirectory ?? (file.slice(0, file.lastIndexOf('/')) || '/')
}

/** The options of `docker compose`, besides its files, with which a person reads the project as the step does. */
export function optionsOf({
  projectDirectory,
  envFiles = [],
}: Pick<ProjectRef, 'projectDirectory' | 'envFiles'>): readonly string[] {
  const directory = projectDirectory === undefined ? [] : ['--project-directory', projectDirectory]
  return [...directory, ...envFiles.flatMap((file) => ['--env-file', file])]
}

/** The variables of compose.sh. */
export function composeVariables(ref: ProjectRef) {
  return {
    ...{ project: ref.project, files: filesOf(ref), directory: projectDirectoryOf(ref) },
    env_files: ref.envFiles ?? [],
    profiles: ref.services === undefined ? 'default' : 'all',
  }
}

const published = z.object({
  published: z.coerce.string().optional(),
  protocol: z.string().default('tcp'),
  host_ip: z.string().default(''),
})

const grants = z.array(z.object({ source: z.string(), target: z.string().nullish() })).nullish()

const service = z.object({
  image: z.string().optional(),
  build: z.unknown().optional(),
  volumes_from: z.array(z.string()).nullish(),
  depends_on: z.record(z.string(), z.object({ condition: z.string().optional() })).nullish(),
  ports: z.array(published).nullish(),
  secrets: grants,
  configs: grants,
  networks: z.record(z.string(), z.unknown()).nullish(),
  volumes: z
    .array(z.object({ type: z.string(), source: z.string().optional(), target: z.string() }))
    .nullish(),
})

const named = z.object({
  name: z.string(),
  external: z.boolean().default(false),
  driver_opts: z.record(z.string(), z.coerce.string()).nullish(),
})

const network = named.extend({
  ipam: z
    .object({
      driver: z.string().nullish(),
      config: z.array(z.object({ subnet: z.string().optional() })).nullish(),
    })
    .nullish(),
})

const files = z.record(z.string(), z.object({ file: z.string().optional() })).nullish()

const configuration = z.object({
  name: z.string(),
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), named).nullish(),
  networks: z.record(z.string(), network).nullish(),
  secrets: files,
  configs: files,
})
export type Configuration = z.infer<typeof configuration>

export type Project = Awaited<ReturnType<typeof inspectProject>>

/** Reads a project, and everything on the host that it can collide with, in one exec. */
export async function inspectProject(ref: ProjectRef, host: HostView) {
  const files = filesOf(ref)
  const script = shellFile('shared/compose-project.sh', composeVariables(ref), files)
  const output = await host.ask(question(script, { environment: ref.environment ?? {}, timeoutSeconds: 300 }))
  const found = readFacts(output, {
    ...{ compose: maybe, symlink: many, absent: many, wrong: maybe, config: maybe },
    ...{ hash: many, joinedHash: many },
    ...{ absentMount: many, missingImage: many },
    ...{ network: many, projectNetwork: many, volume: many, listen: many },
  })
  const containers = readContainers(output)
  return {
    ...found,
    config: found.config === undefined ? undefined : configuration.parse(readJson(found.config)),
    hashes: hashesIn(found.hash),
    joinedHashes: hashesIn(found.joinedHash),
    /** Of this project, without one-off containers of `compose run`. */
    containers: containers.filter(({ project, oneOff }) => project === ref.project && oneOff !== 'True'),
    oneOffs: containers.filter(({ project, oneOff }) => project === ref.project && oneOff === 'True'),
    /** Of every project, running or not. */
    all: containers,
    others: containers.filter(({ project, status }) => project !== ref.project && status === 'running'),
    mountpoints: new Map(
      found.volume.map((line) => line.split('|')).map(([name = '', at = '']) => [name, at]),
    ),
  }
}

interface Configured extends Pick<Project, 'hashes' | 'joinedHashes'> {
  readonly config: {
    readonly services: Readonly<Record<string, Pick<z.infer<typeof service>, 'volumes_from'>>>
  }
}

/** Parses lines `service hash`. */
export function hashesIn(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(lines.map((line) => line.split(' ')).map(([name = '', hash = '']) => [name, hash]))
}

/**
 * Whether a container has the configuration that its service has now. True for each container with `volumes_from`: Compose
 * hashes the ids of the other containers into its label, so the hashes of a file and a container never match.
 */
export function isAsConfigured(
  { service, hash }: Pick<Container, 'service' | 'hash'>,
  { config, hashes, joinedHashes }: Configured,
): boolean {
  if ((config.services[service]?.volumes_from ?? []).length > 0) return true
  return hash === hashes.get(service) || hash === joinedHashes.get(service)
}

/** These services and their dependencies, sorted. Default: all services of the file. */
export function withDependencies(
  { services }: Configuration,
  wanted: readonly string[] | undefined,
): string[] {
  const found = new Set<string>()
  const add = (name: string) => {
    if (found.has(name) || !services[name]) return
    found.add(name)
    Object.keys(services[name].depends_on ?? {}).forEach(add)
  }
  ;(wanted ?? Object.keys(services)).forEach(add)
  return [...found].sort()
}

/** A refusal about what the files of a project say. */
export function aboutFiles(ref: ProjectRef): ReturnType<typeof aboutContent> {
  return aboutContent(...filesOf(ref), ...(ref.envFiles ?? [`${projectDirectoryOf(ref)}/.env`]))
}

/** Blocked until an earlier step writes the Compose file. */
export function noComposeFile(file: string): Blocked {
  return blockedOnMissing('path', file, `the Compose file ${file}`)
}

/** The parsed configuration; undefined where a file is missing. @throws StepRefused for an unsupported Compose or an invalid file. */
export function configurationOf(step: ProjectRef, found: Project): Configuration | undefined {
  if (!found.compose) {
    throw new StepRefused(
      'this host has no Compose v2 (docker compose); install the plugin: apt-get install docker-compose-plugin or docker-compose-v2',
    )
  }
  if (/^v?1\./.test(found.compose))
    throw new StepRefused(`this host has Compose ${found.compose}; version 2 is required`)
  ;[step.file, ...(step.overrides ?? [])].forEach((path, index) => refuseSymlink(path, found.symlink[index]))
  if (found.absent.length > 0) return undefined
  if (found.wrong !== undefined)
    throw new StepRefused(`Compose rejects ${step.file}: ${found.wrong}`, aboutFiles(step))
  return found.config
}
