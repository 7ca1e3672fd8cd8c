import { z } from 'zod'
import type { Database } from './database.ts'
import type { Settings } from './settings.ts'
import type { Bearer } from './tokens.ts'

/** What a role may allow in an organization: the rows of rbac.permission. */
export const permissions = [
  'organization:read',
  'organization:update',
  'organization:delete',
  'members:manage',
  'agents:read',
  'agents:write',
] as const
export type Permission = (typeof permissions)[number]

export interface Call<Body> {
  /** The parameters of the path and the query. */
  readonly params: Readonly<Record<string, string>>
  readonly body: Body
  /** Who calls; empty ids on a public route. */
  readonly bearer: Bearer
  readonly database: Database
  readonly settings: Settings
}

/** One operation of the API: what the router does and what the OpenAPI document says come from it. */
export interface Route<Body = unknown> {
  readonly group: 'organizations' | 'auth' | 'permissions' | 'agents'
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** In the form of Express, with `:organization` where the permission is one in an organization. */
  readonly path: string
  readonly summary: string
  /** public: for everybody; signed-in: with a token; else: with this permission in `:organization`. */
  readonly access: 'public' | 'signed-in' | Permission
  readonly query?: Readonly<Record<string, z.ZodType<string, string>>>
  readonly body?: z.ZodType<Body>
  /** The status of success. */
  readonly status: 200 | 201 | 204
  /** The form of that answer. */
  readonly answer: z.ZodType
  /** Other statuses beside those that follow from access and body. */
  readonly otherwise?: Readonly<Record<number, string>>
  readonly handle: (call: Call<Body>) => Promise<unknown>
}

/** Infers the body from its schema. */
export function route<Body>(one: Route<Body>): Route {
  // The router parses the body by the schema of the same route before it calls handle.
  return one as unknown as Route
}

/** A status other than that of success, with its reason. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** The first row. @throws Refused with 404 where there is none */
export function found<Row>([first]: readonly Row[], what: string): Row {
  if (first === undefined) throw new Refused(404, `there is no such ${what}`)
  return first
}

export const id = z.uuid()
export const name = z.string().trim().min(1).max(100)
export const time = z.iso.datetime()
export const nothing = z.undefined()
