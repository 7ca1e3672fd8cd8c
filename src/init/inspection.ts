import { z } from 'zod'
import type { HostView } from '../host/host.ts'
import { question } from '../shell/command.ts'
import { lines } from '../shell/script.ts'
import { shellFile } from '../shell/shell-file.ts'
import { composeVariables, filesOf, hashesIn, type ProjectRef } from '../steps/shared/compose-project.ts'
import { many, maybe, readFacts } from '../steps/facts.ts'
import { keysIn } from './applications/index.ts'
import { credentialsIn } from './credentials.ts'
import { environmentOf, environmentShape, grantedFiles } from './environment.ts'
import { NEEDED_LINE } from './server-options.ts'
import { readJson } from './survey.ts'

const named = z
  .record(
    z.string(),
    z.looseObject({ name: z.string().optional(), external: z.union([z.boolean(), z.unknown()]).optional() }),
  )
  .nullish()

// Other fields are dropped, the values of variables above all.
const configuration = z
  .object({
    services: z.record(
      z.string(),
      z.object({
        ...environmentShape,
        image: z.string().optional(),
        container_name: z.string().optional(),
        profiles: z.array(z.string()).nullish(),
        scale: z.coerce.number().optional(),
        deploy: z.object({ replicas: z.number().nullish() }).nullish(),
        depends_on: z.record(z.string(), z.object({ condition: z.string().optional() })).nullish(),
        networks: z
          .record(z.string(), z.object({ aliases: z.array(z.string()).nullish() }).nullable())
          .nullish(),
        network_mode: z.string().optional(),
        ipc: z.string().optional(),
        pid: z.string().optional(),
        volumes_from: z.array(z.string()).nullish(),
        command: z.union([z.string().transform((text) => text.split(/\s+/)), z.array(z.string())]).nullish(),
        build: z
          .unknown()
          .optional()
          .transform((value) => value !== undefined),
      }),
    ),
    volumes: named,
    networks: named,
    secrets: grantedFiles,
    configs: grantedFiles,
  })
  .transform(({ services, secrets, configs, ...rest }) => ({
    ...rest,
    services: Object.fromEntries(
      Object.entries(services).map(
        ([name, { environment: given, secrets: granted, configs: settings, volumes, ...service }]) => {
          const environment = environmentOf(
            { environment: given, secrets: granted, configs: settings, volumes },
            { secrets, configs },
          )
          const about = {
            credentials: credentialsIn(environment),
            keys: keysIn(environment, service.image ?? ''),
          }
          // The names that folders of its places have in a backup.
          const folders = (volumes ?? []).flatMap(({ type, source = '', read_only }) => {
            if (type === 'volume') return [source, rest.volumes?.[source]?.name ?? source]
            return type === 'bind' && !read_only ? [source.slice(source.lastIndexOf('/') + 1)] : []
          })
          return [name, { ...service, ...about, folders }]
        },
      ),
    ),
  }))
export type InspectedConfiguration = z.infer<typeof configuration>

/** What to inspect of one project. */
export interface InspectOptions {
  readonly project: ProjectRef
  /** Directories on the host that hold the data of volumes and bind mounts. */
  readonly places: readonly string[]
  readonly backup: string
  /** Files and directories from which servers of databases may read settings. */
  readonly serverConfigurations: readonly string[]
  /** Each is requested once with GET. */
  readonly urls: readonly string[]
}

export type Inspection = Awaited<ReturnType<typeof inspect>>

/** Reads a project's Compose files, data and backup, in one exec. Changes nothing. */
export async function inspect(options: InspectOptions, host: HostView) {
  const output = await host.ask(question(inspectScript(options), { timeoutSeconds: 600 }))
  const found = readFacts(output, {
    ...{
      absent: many,
      wrong: maybe,
      config: maybe,
      hash: many,
      joinedHash: many,
      envFile: many,
      differs: many,
      image: many,
      directory: many,
      gone: many,
      orphan: many,
      sqliteFile: many,
      vacant: many,
      postgres: many,
      listed: many,
      innodb: many,
      mongo: many,
      redis: many,
      setting: many,
    },
    ...{ manifest: many, backup: maybe, answer: many },
  })
  const parsed = found.config === undefined ? undefined : configuration.safeParse(readJson(found.config))
  return {
    ...found,
    config: parsed?.success ? parsed.data : undefined,
    /** The configuration as Compose prints it. Holds secrets. */
    declaration: found.config ?? '',
    hashes: hashesIn(found.hash),
    joinedHashes: hashesIn(found.joinedHash),
    /** The image by service, where its name now stands for another one: by digest or id. */
    images: hashesIn(found.image),
    /** Variables of containers that have another value now, with the variables of the Compose file in them. */
    differs: found.differs
      .map((line) => line.split(' '))
      .map(([service = '', name = '', ...from]) => ({ service, name, from })),
    /** The data directory and the version of each database found. */
    postgres: found.postgres.map(atAndVersion),
    innodb: found.innodb.map(atAndVersion),
    /** What each URL answered: the status, or 0; and whether it was something else than HTTP, as curl's exit status tells. */
    answers: found.answer.map((line) => {
      const [status, exit = '', url = ''] = line.split(' ')
      return { url, status: Number(status), isOther: ['1', '8'].includes(exit) }
    }),
    /** Lines of mounted configuration, and the path of the mount. */
    settings: found.setting.map((line) => {
      const cut = line.indexOf('|')
      return { at: line.slice(0, cut), line: line.slice(cut + 1) }
    }),
  }
}

function atAndVersion(line: string): { readonly at: string; readonly version: string } {
  const cut = line.lastIndexOf('|')
  return { at: line.slice(0, cut), version: line.slice(cut + 1) }
}

function inspectScript({ project, places, backup, serverConfigurations, urls }: InspectOptions) {
  return lines(
    shellFile('../init/as-started.sh', composeVariables(project), filesOf(project)),
    shellFile('../init/inspection.sh', {
      ...{ places, backup, urls, configurations: serverConfigurations },
      needed_line: NEEDED_LINE,
    }),
  )
}
