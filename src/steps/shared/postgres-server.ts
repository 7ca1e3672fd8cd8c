import { containerName, projectName, serviceName } from '../../fields/names.ts'
import { roleName } from '../../fields/postgres.ts'
import { password } from '../../fields/secret.ts'
import type { Environment } from '../../shell/command.ts'
import type { Secret } from '../../shell/secret.ts'
import type { Effect } from '../step-kind.ts'
import { describeContainer, containerNameProblem, type NamedContainer } from './named-container.ts'

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

export { describeContainer as serverInWords, containerNameProblem as wrongServer }

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

/** The variables of postgres-server.sh. */
export function serverOf(server: Server) {
  const { container = '', project = '', service = '', user } = server
  return { container, project, service, user, called: describeContainer(server) }
}
