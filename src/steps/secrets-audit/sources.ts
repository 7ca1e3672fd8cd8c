import { StepRefused } from '../../errors.ts'
import type { AskedHost, HostView } from '../../host/host.ts'
import { question, type Environment } from '../../shell/command.ts'
import { shellFile, textFile } from '../../shell/shell-file.ts'
import { Secret } from '../../shell/secret.ts'
import { many, once, readFacts } from '../facts.ts'
import { readWrittenFile } from '../shared/written-file.ts'

/** A source of names and values: an env file, the environment that a container was created with, or all containers of a project. */
export type Source = (
  { readonly file: string } | { readonly container: string } | { readonly project: string }
) & {
  /** Another host of the plan. Default: the step's own. */
  readonly host?: string | undefined
  /** Used only for names that no other source has; a difference is reported. */
  readonly witness?: boolean | undefined
}

/** A source for people: `/root/list.env`, `test host: container n8n`, `test host:/srv/old/.env`. */
export function labelOf(source: Source): string {
  const { host } = source
  if ('file' in source) return host === undefined ? source.file : `${host}:${source.file}`
  const name = 'container' in source ? `container ${source.container}` : `project ${source.project}`
  return host === undefined ? name : `${host}: ${name}`
}

// Linux limits one environment variable to 128 KiB.
const MAX_CHARACTERS = 96 * 1024

/** The input of merge.sh: the sources on its host, and the values gathered from others. */
interface Gathered {
  readonly here: readonly Source[]
  readonly environment: Environment
}

/**
 * Gathers the required names from the sources on other hosts. Values pass through this process as a Secret, and are on no
 * disk between their host and the file.
 * @throws StepRefused if they exceed 96 KiB in base64
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
  if (gathered.length > MAX_CHARACTERS)
    throw new StepRefused(
      `the values found on ${names.join(', ')} exceed ${MAX_CHARACTERS / 1024} KiB in base64; ` +
        'require fewer names, or use a file on the host of the step',
      { isOfPlan: true },
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
  /** The env file to write. */
  readonly path: string
  readonly sources: readonly Source[]
  readonly require: readonly string[]
}

/** The current state of the sources and the file: names and places, no values. */
export type SecretsFound = Awaited<ReturnType<typeof findSecrets>>

/** Limit of the names in a message; there may be hundreds. */
export const MAX_LINES = 40

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

/** Differences and gaps of witnesses, which do not stop the step. */
export function witnessNotes({ unlike, away, unread }: SecretsFound): string[] {
  const notes = [
    ...unlike.map((name) => `a witness has another value, which is not used: ${name}`),
    ...away.map((name) => `a witness is missing: ${name}`),
    ...unread.map((line) => `not read from a witness: ${line}`),
  ]
  const more = notes.length - MAX_LINES
  return more > 0 ? [...notes.slice(0, MAX_LINES), `and ${more} more`] : notes
}

/** Why the sources cannot be merged. */
export function sourceProblems(found: SecretsFound): string[] {
  const { exposed, problem, missing, empty, differ, unclear } = found
  return [
    ...exposed.map((line) => `other users can read ${line}`),
    ...problem,
    ...(missing.length > 0 ? [`no source has ${missing.join(', ')}`] : []),
    ...empty.map((name) => `empty: ${name}`),
    ...differ.map((name) => `different values: ${name}`),
    ...unclear.map((name) => `${name} has a $ that Compose would fill in; put the value in single quotes`),
  ]
}

/** Names that only a witness has. */
export function namesFromWitnesses({ taken }: SecretsFound): string[] {
  return taken.slice(0, MAX_LINES).map((name) => `from a witness: ${name}`)
}
