import { z } from 'zod'
import { found, id, name, nothing, Refused, route, time } from '../route.ts'

const listed = z.object({ id, name })
const organization = z.object({ id, name, description: z.string(), createdAt: time })
const member = z.object({ id, email: z.email(), name, role: z.string(), since: time })
const changes = z.object({ name, description: z.string().max(1000) })

const COLUMNS = 'id, name, description, created_at as "createdAt"'

/** Answers from the schema before the reconstruction too. */
export const listOrganizations = route({
  group: 'organizations',
  method: 'get',
  path: '/api/organizations',
  summary: 'List all organizations',
  access: 'public',
  status: 200,
  answer: z.object({ organizations: z.array(listed) }),
  handle: async ({ database }) => ({
    organizations: await database.query(
      'select id, name from public.organizations order by name, id limit 200',
    ),
  }),
})

export const organizations = [
  listOrganizations,
  route({
    group: 'organizations',
    method: 'post',
    path: '/api/organizations',
    summary: 'Create an organization, whose owner is the caller',
    access: 'signed-in',
    body: changes.partial({ description: true }),
    status: 201,
    answer: organization,
    handle: async ({ database, body, bearer }) => {
      const [created] = await database.query(
        `with made as (insert into public.organizations (name, description) values ($1, $2) returning *),
        member as (insert into org.membership (organization_id, user_id) select id, $3::uuid from made),
        assigned as (insert into rbac.assignment (organization_id, user_id, role) select id, $3::uuid, 'owner' from made)
        select ${COLUMNS} from made`,
        [body.name, body.description ?? '', bearer.user],
      )
      return created
    },
  }),
  route({
    group: 'organizations',
    method: 'get',
    path: '/api/organizations/:organization',
    summary: 'Read an organization',
    access: 'organization:read',
    status: 200,
    answer: organization,
    handle: async ({ database, params }) =>
      found(
        await database.query(`select ${COLUMNS} from public.organizations where id = $1`, [
          params['organization'],
        ]),
        'organization',
      ),
  }),
  route({
    group: 'organizations',
    method: 'patch',
    path: '/api/organizations/:organization',
    summary: 'Change the name or the description of an organization',
    access: 'organization:update',
    body: changes.partial(),
    status: 200,
    answer: organization,
    handle: async ({ database, params, body }) =>
      found(
        await database.query(
          `update public.organizations set name = coalesce($2, name), description = coalesce($3, description)
          where id = $1 returning ${COLUMNS}`,
          [params['organization'], body.name, body.description],
        ),
        'organization',
      ),
  }),
  route({
    group: 'organizations',
    method: 'delete',
    path: '/api/organizations/:organization',
    summary: 'Delete an organization with its members and agents',
    access: 'organization:delete',
    status: 204,
    answer: nothing,
    handle: async ({ database, params }) => {
      await database.query('delete from public.organizations where id = $1', [params['organization']])
    },
  }),
  route({
    group: 'organizations',
    method: 'get',
    path: '/api/organizations/:organization/members',
    summary: 'List the members of an organization with their roles',
    access: 'organization:read',
    status: 200,
    answer: z.object({ members: z.array(member) }),
    handle: async ({ database, params }) => ({
      members: await database.query(
        `select u.id, u.email, u.name, a.role, m.joined_at as since
        from org.membership m join public.users u on u.id = m.user_id
        join rbac.assignment a using (organization_id, user_id)
        where m.organization_id = $1 order by u.email`,
        [params['organization']],
      ),
    }),
  }),
  route({
    group: 'organizations',
    method: 'put',
    path: '/api/organizations/:organization/members',
    summary: 'Add a member by email, or change the role of one',
    access: 'members:manage',
    body: z.object({ email: z.email(), role: z.enum(['admin', 'member', 'viewer']) }),
    status: 200,
    answer: member,
    otherwise: { 404: 'Nobody has this email', 409: 'The owner keeps the role' },
    handle: async ({ database, params, body }) => {
      const [user] = await database.query<{ id: string; role: string | null }>(
        `select u.id, a.role from public.users u
        left join rbac.assignment a on a.user_id = u.id and a.organization_id = $1 where u.email = lower($2)`,
        [params['organization'], body.email],
      )
      if (user === undefined) throw new Refused(404, 'nobody has this email')
      if (user.role === 'owner') throw new Refused(409, 'the owner keeps the role')
      return found(
        await database.query(
          `with member as (insert into org.membership (organization_id, user_id) values ($1, $2)
            on conflict (organization_id, user_id) do update set joined_at = org.membership.joined_at returning *),
          assigned as (insert into rbac.assignment (organization_id, user_id, role) values ($1, $2, $3)
            on conflict (organization_id, user_id) do update set role = excluded.role returning *)
          select u.id, u.email, u.name, a.role, m.joined_at as since
          from member m join assigned a using (organization_id, user_id) join public.users u on u.id = m.user_id`,
          [params['organization'], user.id, body.role],
        ),
        'member',
      )
    },
  }),
  route({
    group: 'organizations',
    method: 'delete',
    path: '/api/organizations/:organization/members/:member',
    summary: 'Remove a member who is not the owner',
    access: 'members:manage',
    status: 204,
    answer: nothing,
    otherwise: { 404: 'There is no such member, or it is the owner' },
    handle: async ({ database, params }) => {
      found(
        await database.query(
          `with gone as (delete from rbac.assignment
            where organization_id = $1 and user_id = $2 and role <> 'owner' returning organization_id, user_id)
          delete from org.membership m using gone
          where m.organization_id = gone.organization_id and m.user_id = gone.user_id returning m.user_id`,
          [params['organization'], params['member']],
        ),
        'member',
      )
    },
  }),
]
