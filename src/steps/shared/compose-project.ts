import { z } from 'zod'
import { StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { question, type Environment } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { blockedOnMissing, type Blocked } from '../step-kind.ts'
import { refuseSymlink } from './symlink-guard.ts'
import { many, maybe, readFacts } from '../facts.ts'
import { readContainers, readJson } from './containers.ts'

/** A Compose project on a host: files, name and environment. */
export interface ProjectRef {
  readonly file: string
  readonly overrides?: readonly string[] | undefined
  readonly project: string
  readonly environment?: Environment | undefined
}

/** The Compose files in their order of precedence, lowest first. */
export function filesOf({ file, overrides = [] }: ProjectRef): readonly string[] {
  return [file, ...overrides]
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
  .record(
    z.string(),
    z.object({
      name: z.string(),
      external: z.boolean().default(false),
      driver_opts: z.record(z.string(), z.coerce.string()).nullish(),
    }),
  )
  .nullish()

const configuration = z.object({
  name: z.string(),
  services: z.record(z.string(), service),
  volumes: named,
  networks: named,
})
export type Configuration = z.infer<typeof configuration>

export type Project = Awaited<ReturnType<typeof inspectProject>>

/** Reads a project, and everything on the host that it can collide with, in one exec. */
export async function inspectProject(ref: ProjectRef, host: HostView) {
  const { environment = {} } = ref
  const files = filesOf(ref)
  const script = shellFile('shared/compose-project.sh', { project: ref.project, files }, files)
  const output = await host.ask(question(script, { environment, timeoutSeconds: 300 }))
  const found = readFacts(output, {
    ...{ compose: maybe, symlink: many, absent: many, wrong: maybe, config: maybe, hash: many },
    ...{ absentMount: many, missingImage: many },
    ...{ network: many, projectNetwork: many, volume: many, listen: many },
  })
  const containers = readContainers(output)
  return {
    ...found,
    config: found.config === undefined ? undefined : configuration.parse(readJson(found.config)),
    hashes: new Map(found.hash.map((line) => line.split(' ')).map(([name = '', hash = '']) => [name, hash])),
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
  if (found.wrong !== undefined) throw new StepRefused(`Compose rejects ${step.file}: ${found.wrong}`)
  return found.config
}
