import { containerName, projectName, serviceName } from '../../fields/names.ts'
import { roleName } from '../../fields/postgres.ts'
import { password } from '../../fields/secret.ts'
import type { Environment } from '../../shell/command.ts'
import type { Secret } from '../../shell/secret.ts'
import { textFile } from '../../shell/shell-file.ts'
import type { Effect } from '../step-kind.ts'
import { describeContainer, containerNameProblem, type NamedContainer } from './named-container.ts'

/** Fields that name a running PostgreSQL server and the role that queries it. */
export const serverFields = {
  container: containerName
    .optional()
    .meta({ description: "The server's container. Alternative: its project and service" }),
  project: projectName.optional(),
  service: serviceName.optional(),
  user: roleName.default('postgres').meta({
    description: "A superuser, who connects over the server's own socket. Default: postgres",
  }),
  userPassword: password
    .optional()
    .meta({ description: 'The password, where the socket requires one: ${{ secrets.NAME }}' }),
}

export { describeContainer, containerNameProblem }

export interface Server extends NamedContainer {
  readonly user: string
  readonly userPassword?: Secret | undefined
}

/** The name of the server in effects: `n8n-db`, `n8n/db`. */
export function serverName({ container, project, service }: NamedContainer): string {
  return container ?? `${project}/${service}`
}

/**
 * What an earlier step must do before the server can be queried. `containerProject` is the project label of the server's
 * container; undefined where no such container exists.
 */
export function serverBlockedOn(
  { container, project }: NamedContainer,
  containerProject: string | undefined,
): Effect {
  if (container === undefined) return { how: 'modifies', what: 'project', name: project ?? '' }
  if (containerProject === undefined) return { how: 'creates', what: 'container', name: container }
  return { how: 'modifies', what: 'container', name: container, project: containerProject }
}

/** Environment of `sql`: the password goes from the worker to psql, and through no command line. */
export function serverEnvironment({ userPassword }: Server): Environment {
  return userPassword === undefined ? {} : { PGPASSWORD: userPassword }
}

/** The variables of postgres-server.sh. */
export function serverOf(server: Server) {
  const { container = '', project = '', service = '', user } = server
  return { container, project, service, user, called: describeContainer(server) }
}

/** Settings, and queries for every definition of a database and of its server, as variables of scripts. */
export function definitionQueries() {
  return {
    session: textFile('shared/postgres-session.sql'),
    relations: textFile('shared/postgres-relations.sql'),
    objects: textFile('shared/postgres-objects.sql'),
    globals: textFile('shared/postgres-globals.sql'),
  }
}
