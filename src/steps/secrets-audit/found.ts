import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { lines, sh } from '../../shell/script.ts'
import { many, once, readFacts } from '../facts.ts'
import { gatherFrom } from './gather.ts'
import { mergeWords } from './merge.ts'
import type { Source } from '../shared/env-sources.ts'
import { readStateOfFile, stateOfFile } from '../shared/private-file.ts'

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
  const script = lines(
    mergeWords({ ...wanted, sources: here }),
    // Why `merged` fails is what `audit` says in more words.
    stateOfFile(wanted.path, sh`merged 2> /dev/null`),
    sh`printf 'me=%s\\n' "$(id -u):$(id -g)"`,
    sh`audit`,
  )
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
  return { ...readStateOfFile(output), ...readFacts(output, { me: once, ...names }) }
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
