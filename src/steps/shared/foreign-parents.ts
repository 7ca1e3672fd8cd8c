import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import type { Effect } from '../step-kind.ts'

/**
 * Notes on directories above the written paths that others than root may change. The step follows no link there, but what
 * it writes can be replaced afterwards.
 */
export async function notesOnForeignParents(
  effects: readonly Effect[],
  host: Pick<HostView, 'ask'>,
): Promise<readonly string[]> {
  const paths = effects.flatMap(({ how, what, name }) => (what === 'path' && how !== 'reads' ? [name] : []))
  if (paths.length === 0) return []
  const script = shellFile('shared/foreign-parents.sh', { paths: paths.join('\n') })
  const output = await host.ask(question(script))
  return output.split('\n').flatMap((line) => {
    const [, directory, owner] = /^(\/.*) (\S+)$/.exec(line) ?? []
    return directory === undefined
      ? []
      : [
          `others than root can write to ${directory} (${owner}), and so replace what this step writes below it`,
        ]
  })
}
