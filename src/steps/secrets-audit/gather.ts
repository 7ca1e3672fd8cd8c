import { StepRefused } from '../../errors.ts'
import type { AskedHost, HostView } from '../../host/host.ts'
import { question, type Environment } from '../../shell/command.ts'
import { lines, sh } from '../../shell/script.ts'
import { Secret } from '../../shell/secret.ts'
import { gatherWords, type Source } from '../shared/env-sources.ts'

// It goes on in one variable, and Linux takes none of more than 128 KiB.
const MOST_CHARACTERS = 96 * 1024

/** What `mergeWords` merges on a host: the sources that are there, and what was gathered from others. */
export interface Gathered {
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

/** In base64: it goes on as it is, whatever bytes a value has. */
function gatherOn(host: AskedHost, sources: readonly Source[], require: readonly string[]): Promise<Secret> {
  const script = lines(gatherWords(sources, require), sh`engine\ngather | base64 | tr -d '\\n'`)
  return host.askSecret(question(script))
}
