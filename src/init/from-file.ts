import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { HostView } from '../host/host.ts'
import { question } from '../shell/command.ts'
import { shellFile } from '../shell/shell-file.ts'
import { many, maybe, readFacts } from '../steps/facts.ts'
import { configurationFiles, missingEnvFiles, putBack } from './configuration-files.ts'
import { InitRefused } from './init-refused.ts'
import { directoryOf } from './names.ts'
import { isAnonymous } from './places.ts'
import { readJson, SETTINGS, type Survey, type SurveyedContainer, type SurveyedVolume } from './survey.ts'

const grants = z.array(z.object({ source: z.string(), target: z.string().optional() })).nullish()
const grantedFiles = z.record(z.string(), z.object({ file: z.string().optional() })).nullish()

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
  secrets: grants,
  configs: grants,
})
type Service = z.infer<typeof service>

const configuration = z.object({
  name: z.string(),
  services: z.record(z.string(), service),
  secrets: grantedFiles,
  configs: grantedFiles,
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

type Declared = z.infer<typeof configuration>

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
    imageVolume: many,
    unset: many,
  })
  if (facts.absent.length > 0)
    throw new InitRefused(
      `${host.name} has no ${facts.absent.join(', ')}; copy the Compose file of the stack there first, from its backup or its repository${await fromBackup(facts.absent, backup, host)}`,
    )
  if (facts.config === undefined) {
    const copy = await fromBackup(missingEnvFiles(facts.wrong), backup, host)
    throw new InitRefused(`Compose rejects ${files.join(', ')}: ${facts.wrong ?? 'no reason given'}${copy}`)
  }
  const config = configuration.parse(readJson(facts.config))
  if (found.containers.some((one) => one.project === config.name))
    return { survey: found, project: config.name, notes: [] }
  const declared = asContainers(config, {
    like: { files: files.join(','), directory: directoryOf(files[0] ?? ''), environmentFile: '', stack: '' },
    root: facts.root ?? '/var/lib/docker',
    images: facts.imageVolume.map((line) => line.split('|')),
  })
  return {
    survey: {
      ...found,
      containers: [...found.containers, ...declared.containers],
      volumes: new Map([...declared.volumes, ...found.volumes]),
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
  if (backup === undefined || absent.length === 0) return ''
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

interface DeclaredOptions {
  /** The labels of the others of the project. */
  readonly like: Pick<SurveyedContainer, 'files' | 'directory' | 'environmentFile' | 'stack'>
  /** The engine's directory. */
  readonly root: string
  /** Image and path of each volume that images declare. */
  readonly images?: readonly (readonly string[])[]
}

/** Returns services of a Compose file as if they had containers that were never created, and their volumes. */
function asContainers(
  config: Declared,
  options: DeclaredOptions,
): Pick<Survey, 'containers'> & { readonly volumes: readonly Volume[] } {
  const { root } = options
  const declared = Object.values(config.volumes ?? {}).map(({ name, driver, driver_opts }): Volume => [
    name,
    {
      ...{ name, driver, options: Object.keys(driver_opts ?? {}).length, project: '' },
      device: deviceOf(driver_opts ?? {}),
      at: `${root}/volumes/${name}/_data`,
    },
  ])
  const containers = Object.entries(config.services).map(([name, one]) =>
    containerOf(name, one, { ...options, config }),
  )
  const anonymous = containers.flatMap(({ mounts }) =>
    mounts.flatMap(({ Name: name }): Volume[] =>
      isAnonymous(name)
        ? [
            [
              name,
              {
                name,
                driver: 'local',
                options: 0,
                device: '',
                at: `${root}/volumes/${name}/_data`,
                project: '',
              },
            ],
          ]
        : [],
    ),
  )
  return { containers, volumes: [...declared, ...anonymous] }
}
type Volume = readonly [string, SurveyedVolume]

/**
 * Adds services of a project's configuration, as JSON, that have no container, as if theirs were never created, and their volumes.
 */
export function withAbsentServices(
  found: Survey,
  {
    declaration,
    like,
    services,
  }: { readonly declaration: string; readonly like: SurveyedContainer; readonly services: readonly string[] },
): Survey {
  const config = configuration.parse(readJson(declaration))
  const wanted = Object.entries(config.services).filter(([name]) => services.includes(name))
  const [[name, { at }] = ['', { at: '/var/lib/docker/volumes//_data' }]] = found.volumes
  const declared = asContainers(
    { ...config, services: Object.fromEntries(wanted) },
    { like, root: at.slice(0, -`/volumes/${name}/_data`.length) },
  )
  return {
    ...found,
    containers: [
      ...found.containers,
      ...declared.containers.map((one) => ({ ...one, project: like.project })),
    ],
    volumes: new Map([...declared.volumes, ...found.volumes]),
  }
}

function containerOf(
  service: string,
  one: Service,
  { like, images = [], config }: DeclaredOptions & { readonly config: Declared },
): SurveyedContainer {
  const { files, directory, environmentFile, stack } = like
  const environment = one.environment ?? {}
  const image = one.image || `${config.name}-${service}`
  const ports = (one.ports ?? []).map(({ target, protocol, host_ip, published }) => [
    `${target}/${protocol}`,
    [{ HostIp: host_ip, HostPort: published }],
  ])
  const anonymous = (target: string) => ({
    ...{
      Type: 'volume',
      Name: createHash('sha256').update(`${service} ${target}`).digest('hex'),
      Source: '',
    },
    ...{ Destination: target, RW: true },
  })
  const mounts = (one.volumes ?? []).flatMap(({ type, source, target, read_only }) => {
    const isVolume = type === 'volume'
    if (isVolume && source === '') return [anonymous(target)]
    if (source === '' || (!isVolume && type !== 'bind')) return []
    const name = isVolume ? (config.volumes?.[source]?.name ?? source) : ''
    return [{ Type: type, Name: name, Source: source, Destination: target, RW: !read_only }]
  })
  const granted = (['secrets', 'configs'] as const).flatMap((kind) =>
    (one[kind] ?? []).flatMap(({ source, target }) => {
      const file = config[kind]?.[source]?.file
      if (file === undefined) return []
      return [{ Type: 'bind', Name: '', Source: file, Destination: target ?? source, RW: false }]
    }),
  )
  const ofImage = images.flatMap(([of, target = '']) =>
    of !== image || (one.volumes ?? []).some((mount) => mount.target === target) ? [] : [anonymous(target)],
  )
  return {
    ...{ id: '', exitCode: 0, policy: '', hasHealthCheck: false, hash: '', status: NOT_CREATED },
    ...{ name: one.container_name ?? `${config.name}-${service}-1`, image },
    ...{ project: config.name, service, oneOff: 'False', stack, files, directory, environmentFile },
    network: one.network_mode,
    mounts: [...mounts, ...ofImage, ...granted],
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
