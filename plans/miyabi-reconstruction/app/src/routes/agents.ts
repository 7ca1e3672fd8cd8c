import { z } from 'zod'
import { found, id, name, nothing, route, time } from '../route.ts'

const status = z.enum(['idle', 'working', 'blocked'])
const agent = z.object({ id, name, status, createdAt: time })
const COLUMNS = 'id, name, status, created_at as "createdAt"'
const LIST = '/api/organizations/:organization/agents'
const ONE = `${LIST}/:agent`

export const agents = [
  route({
    group: 'agents',
    method: 'get',
    path: LIST,
    summary: 'List the agents of an organization',
    access: 'agents:read',
    status: 200,
    answer: z.object({ agents: z.array(agent) }),
    handle: async ({ database, params }) => ({
      agents: await database.query(
        `select ${COLUMNS} from public.agents where organization_id = $1 order by name, id limit 200`,
        [params['organization']],
      ),
    }),
  }),
  route({
    group: 'agents',
    method: 'post',
    path: LIST,
    summary: 'Add an agent to an organization',
    access: 'agents:write',
    body: z.object({ name }),
    status: 201,
    answer: agent,
    otherwise: { 409: 'The organization has an agent of this name' },
    handle: async ({ database, params, body }) => {
      const [created] = await database.query(
        `insert into public.agents (organization_id, name) values ($1, $2) returning ${COLUMNS}`,
        [params['organization'], body.name],
      )
      return created
    },
  }),
  route({
    group: 'agents',
    method: 'patch',
    path: ONE,
    summary: 'Change the status of an agent',
    access: 'agents:write',
    body: z.object({ status }),
    status: 200,
    answer: agent,
    otherwise: { 404: 'There is no such agent' },
    handle: async ({ database, params, body }) =>
      found(
        await database.query(
          `update public.agents set status = $3 where organization_id = $1 and id = $2 returning ${COLUMNS}`,
          [params['organization'], params['agent'], body.status],
        ),
        'agent',
      ),
  }),
  route({
    group: 'agents',
    method: 'delete',
    path: ONE,
    summary: 'Remove an agent',
    access: 'agents:write',
    status: 204,
    answer: nothing,
    otherwise: { 404: 'There is no such agent' },
    handle: async ({ database, params }) => {
      found(
        await database.query(
          'delete from public.agents where organization_id = $1 and id = $2 returning id',
          [params['organization'], params['agent']],
        ),
        'agent',
      )
    },
  }),
]
