import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import { testbedFile } from './testbed-files.ts'

const blueprintSchema = z.object({
  directories: z.array(z.string()),
  files: z.array(z.string()),
  services: z.array(z.string()),
  urls: z.array(z.object({ host: z.string(), path: z.string(), status: z.number() })),
})

/** What the future state consists of; directories and files are below the build folder, hosts below the domain. */
export type Blueprint = z.infer<typeof blueprintSchema>

/** The folder with the final configurations, each file where it belongs. */
export const BLUEPRINT_FOLDER = testbedFile('stacks', 'vividwalls', 'blueprint')

export async function readBlueprint(): Promise<Blueprint> {
  const text = await readFile(testbedFile('stacks', 'vividwalls', 'blueprint.yaml'), 'utf8')
  return blueprintSchema.parse(parse(text))
}
