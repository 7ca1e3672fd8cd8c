import { z } from 'zod'
import { id, permissions as all, route } from '../route.ts'

const permission = z.enum(all)

export const permissions = [
  route({
    group: 'permissions',
    method: 'get',
    path: '/api/permissions',
    summary: 'List the roles with the permissions of each',
    access: 'signed-in',
    status: 200,
    answer: z.object({ roles: z.array(z.object({ role: z.string(), permissions: z.array(permission) })) }),
    handle: async ({ database }) => ({
      roles: await database.query(
        `select role, array_agg(permission order by permission) as permissions
        from rbac.role_permission group by role order by role`,
      ),
    }),
  }),
  route({
    group: 'permissions',
    method: 'get',
    path: '/api/permissions/check',
    summary: 'Say whether the caller has a permission in an organization',
    access: 'signed-in',
    query: { organization: id, permission },
    status: 200,
    answer: z.object({ allowed: z.boolean() }),
    handle: async ({ database, params, bearer }) => {
      const [answer] = await database.query('select rbac.allows($1, $2, $3) as allowed', [
        bearer.user,
        params['organization'],
        params['permission'],
      ])
      return answer
    },
  }),
]
