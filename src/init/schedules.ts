import type { HostView } from '../host/host.ts'
import { question } from '../shell/command.ts'
import { shellFile } from '../shell/shell-file.ts'
import { many, maybe, once, readFacts } from '../steps/facts.ts'

/** A crontab, a unit, or a script that these call, which names the project. */
export interface Schedule {
  /** File and line, with the schedule where it is known. */
  readonly place: string
  /** It starts the stack: by a plain `docker compose up`, or by a name, a file or an env file of its own. */
  readonly starts?: 'plain' | 'named'
}

/** What is at a path that Compose reads as an env file. */
export type EnvFileState = 'file' | 'absent' | 'other'

/** What else on a host starts a project, and what is at the path of its env file. Changes nothing. */
export async function inspectSchedules(
  { words, envFile }: { readonly words: readonly string[]; readonly envFile: string },
  host: HostView,
): Promise<{
  readonly schedules: readonly Schedule[]
  readonly envFile: EnvFileState
  /** Whether the env file sets COMPOSE_FILE. */
  readonly namesFiles: boolean
}> {
  const script = shellFile('../init/schedules.sh', { words, env_file: envFile })
  const found = readFacts(await host.ask(question(script, { timeoutSeconds: 120 })), {
    schedule: many,
    envFile: once,
    namesFiles: maybe,
  })
  return {
    schedules: found.schedule.map((line) => {
      const cut = line.lastIndexOf('|')
      const starts = line.slice(cut + 1)
      return {
        place: line.slice(0, cut),
        ...((starts === 'plain' || starts === 'named') && { starts }),
      }
    }),
    namesFiles: found.namesFiles === 'yes',
    envFile: found.envFile === 'file' || found.envFile === 'absent' ? found.envFile : 'other',
  }
}
