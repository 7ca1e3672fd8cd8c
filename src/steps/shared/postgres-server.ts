import { containerName, projectName, serviceName } from '../../fields/names.ts'
import { roleName } from '../../fields/postgres.ts'
import { password } from '../../fields/secret.ts'
import type { Environment } from '../../shell/command.ts'
import type { Secret } from '../../shell/secret.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import type { Effect } from '../step-kind.ts'
import { nameInWords, wrongName, type NamedContainer } from './named-container.ts'

/** The fields that name a running PostgreSQL: a container, or a service of a project; and who asks it. */
export const serverFields = {
  container: containerName
    .optional()
    .meta({ description: "The server's container; or name its project and service" }),
  project: projectName.optional(),
  service: serviceName.optional(),
  user: roleName.default('postgres').meta({
    description: "A superuser, who asks over the server's own socket; postgres unless said",
  }),
  userPassword: password
    .optional()
    .meta({ description: 'Where the socket asks for one: ${{ secrets.NAME }}' }),
}

export { nameInWords as serverInWords, wrongName as wrongServer }

export interface Server extends NamedContainer {
  readonly user: string
  readonly userPassword?: Secret | undefined
}

/** How effects name it: `n8n-db`, `n8n/db`. */
export function serverName({ container, project, service }: NamedContainer): string {
  return container ?? `${project}/${service}`
}

/** What another step has to do before it can be asked. */
export function serverStart({ container, project = '' }: NamedContainer): Effect {
  return container === undefined
    ? { how: 'modifies', what: 'project', name: project }
    : { how: 'modifies', what: 'container', name: container }
}

/** The variables that `asked` needs: its password goes by environment, from the worker to psql. */
export function serverEnvironment({ userPassword }: Server): Environment {
  return userPassword === undefined ? {} : { PGPASSWORD: userPassword }
}

/**
 * Shell words about a running server. `find_server` sets `server` to its container's id; where there is not exactly one
 * it sets `problem` and fails, and `tell_problem` prints that as `noServer=` and ends the script well. `asked CONTAINER
 * WORDS` is psql there, over the socket: no settings of a user, never a prompt, tuples only, the first error ends it; SQL
 * on its stdin or with -c. `why FILE` is the first line of what it said on stderr.
 */
export function serverWords(server: Server): Script {
  const { container, project, service, user } = server
  const found =
    container === undefined
      ? sh`docker ps -q --filter label=com.docker.compose.project=${project ?? ''} --filter label=com.docker.compose.service=${service ?? ''} --filter label=com.docker.compose.oneoff=False`
      : sh`docker ps -q --filter ${`name=^/?${container.replaceAll('.', '\\.')}$`}`
  return lines(
    sh`
user=${user}
find_server() {
  server=$(${found}) || exit 3
  case $server in
  '') problem=${`${nameInWords(server)} does not run`}; return 1 ;;
  *[!0-9a-f]*) problem=${`${nameInWords(server)} runs more than once; name one container`}; return 1 ;;
  esac
}
tell_problem() { printf 'noServer=%s\\n' "$problem"; exit 0; }`,
    psqlWords,
  )
}

const psqlWords = sh`
asked() {
  in=$1; shift
  docker exec -i -e PGPASSWORD -e PGOPTIONS -e PGCONNECT_TIMEOUT=10 "$in" psql -X -q -A -t -w -v ON_ERROR_STOP=1 -U "$user" "$@"
}
why() { grep . < "$1" | head -n 1 | sed 's/^psql:[^ ]* //' | cut -c 1-400; }`
