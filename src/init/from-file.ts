import { z } from 'zod'
import type { HostView } from '../host/host.ts'
import { question } from '../shell/command.ts'
import { shellFile } from '../shell/shell-file.ts'
import { many, maybe, readFacts } from '../steps/facts.ts'
import { configurationFiles, putBack } from './configuration-files.ts'
import { InitRefused } from './init-refused.ts'
import { readJson, SETTINGS, type Survey, type SurveyedContainer, type SurveyedVolume } from './survey.ts'

const service = z.object({
  image: z.string().default(''),
  container_name: z.string().optional(),
  network_mode: z.string().default(''),
  // Only values of SETTINGS are used.
  environment: z.record(z.string(), z.string().nullable()).nullish(),
  ports: z
    .array(
      z.object({
        target: z.number(),
        published: z.string().default(''),
        host_ip: z.string().default(''),
        protocol: z.string().default('tcp'),
      }),
    )
    .nullish(),
  volumes: z
    .array(
      z.object({
        type: z.string(),
        source: z.string().default(''),
        target: z.string(),
        read_only: z.boolean().default(false),
      }),
    )
    .nullish(),
})
type Service = z.infer<typeof service>

const configuration = z.object({
  name: z.string(),
  services: z.record(z.string(), service),
  volumes: z
    .record(
      z.string(),
      z.object({
        name: z.string(),
        driver: z.string().default('local'),
        driver_opts: z.record(z.string(), z.coerce.string()).nullish(),
      }),
    )
    .nullish(),
})

interface FromFileOptions {
  readonly files: readonly string[]
  /** Default: the name in the file, or that of its directory, as Compose decides. */
  readonly project: string | undefined
  readonly backup: string | undefined
}

/** The survey of a host as if the containers of a project existed, and that project. */
export interface FromFile {
  readonly survey: Survey
  readonly project: string
  readonly notes: readonly string[]
}

/**
 * Reads a project from its Compose files alone, for a host without its containers. Where the host has them, returns the survey
 * unchanged: what ran decides. Changes nothing. @throws InitRefused for files that are missing or that Compose rejects
 */
export async function readFromFile(
  found: Survey,
  { files, project, backup }: FromFileOptions,
  host: HostView,
): Promise<FromFile> {
  const output = await host.ask(question(configScript(files, project), { timeoutSeconds: 120 }))
  const facts = readFacts(output, {
    absent: many,
    wrong: maybe,
    config: maybe,
    root: maybe,
    lacksImage: many,
    unset: many,
  })
  if (facts.absent.length > 0)
    throw new InitRefused(
      `${host.name} has no ${facts.absent.join(', ')}; copy the Compose file of the stack there first, from its backup or its repository${await fromBackup(facts.absent, backup, host)}`,
    )
  if (facts.config === undefined)
    throw new InitRefused(`Compose rejects ${files.join(', ')}: ${facts.wrong ?? 'no reason given'}`)
  const config = configuration.parse(readJson(facts.config))
  if (found.containers.some((one) => one.project === config.name))
    return { survey: found, project: config.name, notes: [] }
  const volumes = Object.values(config.volumes ?? {}).map(
    ({ name, driver, driver_opts }): [string, SurveyedVolume] => [
      name,
      {
        ...{ name, driver, options: Object.keys(driver_opts ?? {}).length, project: '' },
        device: deviceOf(driver_opts ?? {}),
        at: `${facts.root ?? '/var/lib/docker'}/volumes/${name}/_data`,
      },
    ],
  )
  const names = new Map(Object.entries(config.volumes ?? {}).map(([key, { name }]) => [key, name]))
  const containers = Object.entries(config.services).map(([name, one]) =>
    containerOf(name, one, { files, project: config.name, names }),
  )
  return {
    survey: {
      ...found,
      containers: [...found.containers, ...containers],
      volumes: new Map([...volumes, ...found.volumes]),
    },
    project: config.name,
    notes: [
      ...(facts.unset.length === 0
        ? []
        : [
            `the Compose file uses ${facts.unset.join(', ')}, which nothing on ${host.name} sets: put the stack's .env beside it before the run`,
          ]),
      ...(facts.lacksImage.length === 0
        ? []
        : [
            `${host.name} lacks the images ${facts.lacksImage.join(', ')}: the plan pulls them when it starts the stack; pull or load them before, so that the start does not wait for them`,
          ]),
    ],
  }
}

async function fromBackup(
  absent: readonly string[],
  backup: string | undefined,
  host: HostView,
): Promise<string> {
  const [file = ''] = absent
  if (backup === undefined) return ''
  const directory = file.slice(0, file.lastIndexOf('/'))
  const options = {
    backup,
    directory,
    files: absent,
    containers: [],
    directories: [],
    data: [],
    isFromBackup: false,
  }
  return putBack(backup, await configurationFiles(options, host))
}

/** The directory that a volume of the local driver is; empty for another. */
function deviceOf({ type = 'none', o = '', device = '' }: Readonly<Record<string, string>>): string {
  const isBind = o.split(',').some((option) => option === 'bind' || option === 'rbind')
  return type === 'none' && isBind ? device : ''
}

/** The status of containers that only a Compose file names. */
export const NOT_CREATED = 'not created'

interface ContainerOptions {
  readonly files: readonly string[]
  readonly project: string
  /** The names of volumes by key. */
  readonly names: ReadonlyMap<string, string>
}

function containerOf(
  name: string,
  one: Service,
  { files, project, names }: ContainerOptions,
): SurveyedContainer {
  const [file = ''] = files
  const environment = one.environment ?? {}
  const ports = (one.ports ?? []).map(({ target, protocol, host_ip, published }) => [
    `${target}/${protocol}`,
    [{ HostIp: host_ip, HostPort: published }],
  ])
  return {
    ...{ id: '', exitCode: 0, policy: '', hasHealthCheck: false },
    ...{ name: one.container_name ?? `${project}-${name}-1`, image: one.image || `${project}-${name}` },
    ...{ project, service: name, oneOff: 'False', stack: '', files: files.join(',') },
    ...{
      directory: file.slice(0, file.lastIndexOf('/')),
      environmentFile: '',
      hash: '',
      status: NOT_CREATED,
    },
    network: one.network_mode,
    mounts: (one.volumes ?? []).flatMap(({ type, source, target, read_only }) => {
      const isVolume = type === 'volume'
      if (source === '' || (!isVolume && type !== 'bind')) return []
      return {
        ...{ Type: type, Name: isVolume ? (names.get(source) ?? source) : '', Source: source },
        ...{ Destination: target, RW: !read_only },
      }
    }),
    ports: Object.fromEntries(ports) as SurveyedContainer['ports'],
    variables: Object.keys(environment),
    settings: Object.fromEntries(
      Object.entries(environment).filter(([key, value]) => SETTINGS.includes(key) && value !== null),
    ) as Record<string, string>,
  }
}

function configScript(files: readonly string[], project: string | undefined) {
  return shellFile('../init/from-file.sh', { files, project: project ?? '' })
}
