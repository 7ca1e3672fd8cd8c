import { StepRefused } from '../../errors.ts'
import type { AskedHost, HostView } from '../../host/host.ts'
import { question, type Environment } from '../../shell/command.ts'
import { shellFile, textFile } from '../../shell/shell-file.ts'
import { Secret } from '../../shell/secret.ts'
import { many, once, readFacts } from '../facts.ts'
import { readWrittenFile } from '../shared/written-file.ts'

/** Where names and values are found: an env file, what a container was given when it was made, or all of a project's. */
export type Source = (
  { readonly file: string } | { readonly container: string } | { readonly project: string }
) & {
  /** Another host of the plan; the step's own unless said. */
  readonly host?: string | undefined
  /** It is heard, and decides nothing that another source says. */
  readonly witness?: boolean | undefined
}

/** How people know a source: `/root/list.env`, `test host: container n8n`, `test host:/srv/old/.env`. */
export function labelOf(source: Source): string {
  const { host } = source
  if ('file' in source) return host === undefined ? source.file : `${host}:${source.file}`
  const name = 'container' in source ? `container ${source.container}` : `project ${source.project}`
  return host === undefined ? name : `${host}: ${name}`
}

// It goes on in one variable, and Linux takes none of more than 128 KiB.
const MOST_CHARACTERS = 96 * 1024

/** What merge.sh merges on a host: the sources that are there, and what was gathered from others. */
interface Gathered {
  readonly here: readonly Source[]
  readonly environment: Environment
}

/**
 * Asks the other hosts for what their sources have of the names wanted. Values pass through this process's memory, as a
 * Secret, and are on no disk between their host and the file that they go into.
 */
export async function gatherFrom(
  { sources, require }: { readonly sources: readonly Source[]; readonly require: readonly string[] },
  host: HostView,
): Promise<Gathered> {
  const isHere = (source: Source) => source.host === undefined || source.host === host.name
  const here = sources.filter(isHere)
  const elsewhere = sources.filter((source) => !isHere(source))
  if (elsewhere.length === 0) return { here, environment: {} }

  const names = [...new Set(elsewhere.flatMap((source) => source.host ?? []))]
  const answers = await Promise.all(
    names.map((name) => {
      const theirs = elsewhere.filter((source) => source.host === name)
      return gatherOn(host.other(name), theirs, require)
    }),
  )
  const gathered = answers.map((answer) => answer.reveal()).join(' ')
  if (gathered.length > MOST_CHARACTERS)
    throw new StepRefused(
      `the values found on ${names.join(', ')} are together more than ${MOST_CHARACTERS / 1024} KiB in base64; ` +
        'ask for fewer names, or write a file on the host of the step and name that',
    )
  return { here, environment: { gathered: new Secret(gathered) } }
}

function gatherOn(host: AskedHost, sources: readonly Source[], require: readonly string[]): Promise<Secret> {
  return host.askSecret(question(shellFile('secrets-audit/gather.sh', sourcesOf(sources, require))))
}

function sourcesOf(sources: readonly Source[], require: readonly string[]) {
  const encode = textFile('shared/env-encode.awk')
  return {
    sources: sources.map(lineOf),
    names: require.join(' '),
    read_entries: encode + textFile('shared/env-entries.awk'),
    read_container: encode + textFile('secrets-audit/container.awk'),
  }
}

function lineOf(source: Source): string {
  const { host, witness } = source
  const about = [witness === true ? 'witness' : 'source', labelOf(source)]
  if ('file' in source) return ['file', ...about, source.file].join('\t')
  if ('container' in source) return ['container', ...about, source.container].join('\t')
  return ['project', ...about, source.project, host === undefined ? '' : `${host}: `].join('\t')
}

/** The variables of merge.sh; `sources` are those on the file's own host. */
export function mergeOf({ sources, require }: Omit<Wanted, 'path'>) {
  return { ...sourcesOf(sources, require), merge_entries: textFile('secrets-audit/merge.awk') }
}

interface Wanted {
  /** The env file that is made. */
  readonly path: string
  readonly sources: readonly Source[]
  readonly require: readonly string[]
}

/** What the sources and the file to make have now, in names and places; no value is among it. */
export type SecretsFound = Awaited<ReturnType<typeof findSecrets>>

/** So many of them are told; there may be hundreds. */
export const MOST_LINES = 40

/** Reads the file, and the sources wherever they are. */
export async function findSecrets(wanted: Wanted, host: HostView) {
  const { here, environment } = await gatherFrom(wanted, host)
  const script = shellFile('secrets-audit/inspect.sh', {
    ...mergeOf({ ...wanted, sources: here }),
    path: wanted.path,
  })
  const output = await host.ask(question(script, { environment }))
  const names = {
    absent: many,
    exposed: many,
    open: many,
    problem: many,
    missing: many,
    empty: many,
    unclear: many,
    differ: many,
    away: many,
    unread: many,
    taken: many,
    unlike: many,
  }
  return { ...readWrittenFile(output), ...readFacts(output, { me: once, ...names }) }
}

/** What people shall know of and what stops nothing. */
export function whatWitnessesSay({ unlike, away, unread }: SecretsFound): string[] {
  const said = [
    ...unlike.map((name) => `of another value in a witness, and not taken from it: ${name}`),
    ...away.map((name) => `a witness that is not there: ${name}`),
    ...unread.map((line) => `not read of a witness: ${line}`),
  ]
  const more = said.length - MOST_LINES
  return more > 0 ? [...said.slice(0, MOST_LINES), `and ${more} more`] : said
}

/** Why the sources cannot be brought together. */
export function wrongsOf(found: SecretsFound): string[] {
  const { exposed, problem, missing, empty, differ, unclear } = found
  return [
    ...exposed.map((line) => `others can read ${line}`),
    ...problem,
    ...(missing.length > 0 ? [`no source has ${missing.join(', ')}`] : []),
    ...empty.map((name) => `empty: ${name}`),
    ...differ.map((name) => `of different values: ${name}`),
    ...unclear.map((name) => `${name} has a $ that Compose would fill in; put the value in single quotes`),
  ]
}

/** The names that only a witness has. */
export function takenFromWitnesses({ taken }: SecretsFound): string[] {
  return taken.slice(0, MOST_LINES).map((name) => `from a witness: ${name}`)
}
