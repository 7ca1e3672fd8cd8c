import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const schema = z.strictObject({
  version: z.number().int().positive(),
  /** Agents by the first word of a topic, for events that name none. */
  routes: z.record(z.string().regex(/^[a-z0-9-]+$/), z.string().regex(/^[a-z0-9-]{1,100}$/)),
})
export type Workflows = z.infer<typeof schema>

/** Reads v1.json or v2.json. @throws Error that names the file and what is wrong with it */
export function readWorkflows(folder: string, serves: 'v1' | 'v2'): Workflows {
  const file = join(folder, `${serves}.json`)
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw new Error(`${file}: ${error instanceof z.ZodError ? z.prettifyError(error) : String(error)}`)
  }
}
