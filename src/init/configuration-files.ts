import type { HostView } from '../host/host.ts'
import { question } from '../shell/command.ts'
import { shellFile } from '../shell/shell-file.ts'
import { quote } from '../shell/script.ts'
import { many, readFacts } from '../steps/facts.ts'
import { isOfProject } from './places.ts'
import type { SurveyedContainer } from './survey.ts'

/** A configuration file of the stack that the backup has, compared with the one on the host. */
export interface ConfigurationFile {
  /** Its path on the host. */
  readonly path: string
  /** Its path below the backup. */
  readonly from: string
  readonly state: 'same' | 'differs' | 'missing'
  /** The mode of the one in the backup, such as `600`. */
  readonly mode: string
  /** Of env files: names of variables that differ. `missing`: the host lacks it; `new`: the backup does. */
  readonly variables: readonly { readonly name: string; readonly how: 'differs' | 'missing' | 'new' }[]
  /** The plan restores it: it is missing on the host, or --config backup was given. */
  readonly isRestored: boolean
}

interface FilesOptions {
  readonly backup: string
  /** The project's directory. */
  readonly directory: string
  /** Compose files and env files of the project. */
  readonly files: readonly string[]
  readonly containers: readonly SurveyedContainer[]
  /** Mounts that are directories. */
  readonly directories: readonly string[]
  /** Folders of the backup from which data is restored. */
  readonly data: readonly string[]
  /** Whether files that differ are restored, too. */
  readonly isFromBackup: boolean
}

/** Compares a project's configuration with the one in the backup, in one exec. Changes nothing, and returns no value. */
export async function configurationFiles(
  { backup, directory, files, containers, directories, data, isFromBackup }: FilesOptions,
  host: HostView,
): Promise<readonly ConfigurationFile[]> {
  const mounted = containers.flatMap(({ mounts }) =>
    mounts.flatMap(({ Type, Source }) =>
      Type === 'bind' && isOfProject(Source) && !directories.includes(Source) && !Source.endsWith('.sock')
        ? [Source]
        : [],
    ),
  )
  const script = shellFile('../init/conf.sh', {
    ...{ backup, directory, data },
    files: [...new Set([...files, `${directory}/.env`, ...mounted])],
  })
  const output = await host.ask(question(script, { timeoutSeconds: 300 }))
  const found = readFacts(output, { conf: many, variable: many })
  const variables = found.variable.map((line) => line.split('|'))
  return found.conf.flatMap((line) => {
    const [path = '', from = '', state, mode = ''] = line.split('|')
    // Docker makes a directory of a file that is gone.
    if (state !== 'same' && state !== 'differs' && state !== 'missing') return []
    return [
      {
        ...{ path, from, state, mode },
        variables: variables.flatMap(([of, how, name = '']) =>
          of === path && (how === 'differs' || how === 'missing' || how === 'new') ? [{ name, how }] : [],
        ),
        isRestored: state === 'missing' || (state === 'differs' && isFromBackup),
      },
    ]
  })
}

/** Describes the comparison: one line for each file that differs or is missing, and one for the others. */
export function configurationNotes(files: readonly ConfigurationFile[]): readonly string[] {
  const same = files.filter(({ state }) => state === 'same').map(({ path }) => path)
  return [
    ...files.flatMap((file) => {
      const { path, from, state, isRestored } = file
      if (state === 'same') return []
      if (state === 'missing')
        return [`${path} is missing on the host: the plan restores it from ${from} of the backup`]
      const names = variablesText(file)
      return [
        `${path} differs from ${from} of the backup${names === '' ? '' : ` (${names})`}: ${isRestored ? 'the plan restores it at the cutover' : 'the restored stack uses the one on the host; to restore it too: --config backup'}`,
      ]
    }),
    ...(same.length > 0 ? [`${same.join(', ')}: as in the backup`] : []),
  ]
}

function variablesText({ variables }: ConfigurationFile): string {
  const list = (how: 'differs' | 'missing' | 'new') =>
    variables.flatMap((one) => (one.how === how ? [one.name] : [])).join(', ')
  const parts = [
    ['other values of ', list('differs')],
    ['only in the backup: ', list('missing')],
    ['only on the host: ', list('new')],
  ]
  return parts.flatMap(([label, names]) => (names === '' ? [] : [`${label}${names}`])).join('; ')
}

/** The commands, for a shell on the host, that copy missing files out of the backup; empty if it has none of them. */
export function putBack(backup: string, files: readonly ConfigurationFile[]): string {
  const commands = files.flatMap(({ path, from, state }) =>
    state === 'missing' ? [`\n  cp -a ${quote(`${backup}/${from}`)} ${quote(path)}`] : [],
  )
  return commands.length === 0 ? '' : `; the backup has it, so type on the host:${commands.join('')}`
}

/** Returns the env file that is gone, as Compose complains. */
export function missingEnvFiles(complaint: string | undefined): readonly string[] {
  const path = /env file (\/.+?) not found/.exec(complaint ?? '')?.[1]
  return path === undefined ? [] : [path]
}
