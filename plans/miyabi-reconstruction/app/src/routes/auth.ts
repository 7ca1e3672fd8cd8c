import { z } from 'zod'
import { hashPassword, isPassword } from '../passwords.ts'
import { id, name, nothing, Refused, route } from '../route.ts'
import type { Call } from '../route.ts'
import { createRefreshToken, hashOf, signToken } from '../tokens.ts'

const email = z.email().max(200).toLowerCase()
const password = z.string().min(12).max(200)
const user = z.object({ id, email, name })
const tokens = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresIn: z.int().meta({ description: 'Seconds' }),
})
/** A session ends so long after its last refresh. */
const SESSION = "interval '14 days'"

export const auth = [
  route({
    group: 'auth',
    method: 'post',
    path: '/api/auth/sign-up',
    summary: 'Create an account',
    access: 'public',
    body: z.object({ email, name, password }),
    status: 201,
    answer: user,
    otherwise: { 409: 'The email has an account' },
    handle: async ({ database, body }) => {
      const [created] = await database.query(
        `with made as (insert into public.users (email, name) values ($1, $2) returning *),
        secret as (insert into auth.credential (user_id, password_hash) select id, $3 from made)
        select id, email, name from made`,
        [body.email, body.name, await hashPassword(body.password)],
      )
      return created
    },
  }),
  route({
    group: 'auth',
    method: 'post',
    path: '/api/auth/sign-in',
    summary: 'Start a session',
    access: 'public',
    body: z.object({ email, password: z.string().max(200) }),
    status: 200,
    answer: tokens,
    otherwise: { 401: 'Wrong email or password' },
    handle: async (call) => {
      const { database, body } = call
      const [known] = await database.query<{ id: string; password_hash: string }>(
        'select u.id, c.password_hash from public.users u join auth.credential c on c.user_id = u.id where u.email = $1',
        [body.email],
      )
      if (!(await isPassword(body.password, known?.password_hash)) || known === undefined)
        throw new Refused(401, 'wrong email or password')
      const refreshToken = createRefreshToken()
      const [session] = await database.query<{ id: string }>(
        `insert into auth.session (user_id, refresh_hash, expires_at) values ($1, $2, now() + ${SESSION}) returning id`,
        [known.id, hashOf(refreshToken)],
      )
      return answerTokens(call, known.id, session?.id ?? '', refreshToken)
    },
  }),
  route({
    group: 'auth',
    method: 'post',
    path: '/api/auth/refresh',
    summary: 'Exchange a refresh token. One that was exchanged before ends its session',
    access: 'public',
    body: z.object({ refreshToken: z.string().max(200) }),
    status: 200,
    answer: tokens,
    otherwise: { 401: 'The refresh token is unknown, expired or used' },
    handle: async (call) => {
      const { database, body } = call
      const refreshToken = createRefreshToken()
      const [session] = await database.query<{ id: string; user_id: string }>(
        `update auth.session set previous_hash = refresh_hash, refresh_hash = $2, expires_at = now() + ${SESSION}
        where refresh_hash = $1 and expires_at > now() returning id, user_id`,
        [hashOf(body.refreshToken), hashOf(refreshToken)],
      )
      if (session) return answerTokens(call, session.user_id, session.id, refreshToken)
      // Somebody has a copy: neither of them may go on.
      await database.query('delete from auth.session where previous_hash = $1', [hashOf(body.refreshToken)])
      throw new Refused(401, 'the refresh token is unknown, expired or used')
    },
  }),
  route({
    group: 'auth',
    method: 'post',
    path: '/api/auth/sign-out',
    summary: 'End the session of the token',
    access: 'signed-in',
    status: 204,
    answer: nothing,
    handle: async ({ database, bearer }) => {
      await database.query('delete from auth.session where id = $1', [bearer.session])
    },
  }),
  route({
    group: 'auth',
    method: 'get',
    path: '/api/auth/me',
    summary: 'Read the own account, and the role in each organization',
    access: 'signed-in',
    status: 200,
    answer: user.extend({ organizations: z.array(z.object({ id, name, role: z.string() })) }),
    handle: async ({ database, bearer }) => {
      const [own] = await database.query('select id, email, name from public.users where id = $1', [
        bearer.user,
      ])
      const organizations = await database.query(
        `select o.id, o.name, a.role from rbac.assignment a join public.organizations o on o.id = a.organization_id
        where a.user_id = $1 order by o.name, o.id`,
        [bearer.user],
      )
      return { ...own, organizations }
    },
  }),
  route({
    group: 'auth',
    method: 'delete',
    path: '/api/auth/me',
    summary: 'Delete the own account',
    access: 'signed-in',
    status: 204,
    answer: nothing,
    otherwise: { 409: 'The account owns an organization' },
    handle: async ({ database, bearer }) => {
      const [gone] = await database.query(
        `delete from public.users u where id = $1
        and not exists (select from rbac.assignment where user_id = u.id and role = 'owner') returning id`,
        [bearer.user],
      )
      if (gone === undefined) throw new Refused(409, 'the account owns an organization')
    },
  }),
]

async function answerTokens(
  { settings }: Call<unknown>,
  user: string,
  session: string,
  refreshToken: string,
): Promise<z.output<typeof tokens>> {
  const accessToken = await signToken({ user, session }, settings)
  return { accessToken, refreshToken, expiresIn: settings.tokenSeconds }
}
