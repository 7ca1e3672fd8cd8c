import { z } from 'zod'
import type { Route } from './route.ts'

const problem = z.object({ error: z.string(), problems: z.array(z.string()).optional() })

/** The OpenAPI 3.1 document of routes. */
export function createDocument(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) (paths[templateOf(route)] ??= {})[route.method] = operationOf(route)
  return {
    openapi: '3.1.0',
    info: { title: 'Miyabi', version },
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Problem: schemaOf(problem) },
    },
  }
}

/** The path as OpenAPI writes it. */
export function templateOf({ path }: Pick<Route, 'path'>): string {
  return path.replaceAll(/:(\w+)/g, '{$1}')
}

/** The statuses that a route may answer beside that of success, with the reason of each. */
export function refusalsOf({
  access,
  path,
  query,
  body,
  otherwise,
}: Route): Readonly<Record<number, string>> {
  return {
    ...((body ?? query ?? path.includes(':')) && { 400: 'The request is not as described' }),
    ...(access !== 'public' && { 401: 'The token is missing, expired or forged' }),
    ...(access.includes(':') && { 403: `The caller has no permission ${access} in this organization` }),
    ...otherwise,
  }
}

function operationOf(route: Route): object {
  const { group, summary, access, path, query = {}, body, status, answer } = route
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
  }))
  const inQuery = Object.entries(query).map(([name, schema]) => ({
    ...{ name, in: 'query', required: true, schema: schemaOf(schema) },
  }))
  const refusals = Object.entries(refusalsOf(route)).map(([code, description]) => [
    code,
    { description, content: json({ $ref: '#/components/schemas/Problem' }) },
  ])
  return {
    summary,
    tags: [group],
    security: access === 'public' ? [] : [{ token: [] }],
    parameters: [...inPath, ...inQuery],
    ...(body && { requestBody: { required: true, content: json(schemaOf(body, 'input')) } }),
    responses: {
      [status]: { description: 'Done', ...(status !== 204 && { content: json(schemaOf(answer)) }) },
      ...Object.fromEntries(refusals),
    },
  }
}

const json = (schema: object) => ({ 'application/json': { schema } })

function schemaOf(schema: z.ZodType, io: 'input' | 'output' = 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io })
  return rest
}
