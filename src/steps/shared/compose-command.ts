import type { Environment } from '../../shell/command.ts'
import { sh, type Script } from '../../shell/script.ts'

/** What names a Compose project on a host. */
export interface ProjectRef {
  readonly file: string
  readonly overrides?: readonly string[] | undefined
  readonly project: string
  readonly environment?: Environment | undefined
}

/** `docker compose` for this project and nothing else. Orphans stay, whatever the environment of the host says. */
export function compose({ file, overrides = [], project }: ProjectRef): Script {
  const files = [file, ...overrides].flatMap((path) => ['-f', path])
  return sh`env COMPOSE_REMOVE_ORPHANS=0 docker compose --ansi never -p ${project} ${files}`
}

/**
 * Reads a configuration as `config` prints it and prints `service hash`, as containers carry it in their labels. Asked of
 * the file itself, Compose gives another hash for a service with an env_file: it does not read that first.
 */
export function hashesOf(project: string, file: string): Script {
  const directory = file.slice(0, file.lastIndexOf('/')) || '/'
  return sh`docker compose --ansi never -p ${project} --project-directory ${directory} -f - config --hash ${'*'}`
}
