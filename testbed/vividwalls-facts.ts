import { z } from 'zod'
import type { TestHost } from './test-host.ts'
import type { BACKUP, IMAGES, LEGACY, OLD, SECRETS_IN, URLS } from './vividwalls-places.ts'

/** What a service says of its database; `summary` is its whole answer. */
export interface DataFacts {
  readonly rows: number
  readonly sum: string
  readonly summary: string
}

/** `credentials` is the whole answer of n8n about them. */
export interface N8nFacts extends DataFacts {
  readonly workflows: number
  readonly credentials: string
}

export interface ContainerFacts {
  readonly id: string
  readonly startedAt: string
}

/** What is true of a VividWalls that `layVividwalls` laid. */
export interface VividwallsFacts {
  readonly domain: string
  readonly urls: typeof URLS
  /** Of the backup: what a good restore serves. */
  readonly n8n: N8nFacts
  readonly supabase: DataFacts
  /** Of the old stack, which is up. */
  readonly broken: { readonly n8n: N8nFacts; readonly supabase: DataFacts }
  /** All that the new stack needs, by name. */
  readonly secrets: Readonly<Record<string, string>>
  readonly secretsIn: typeof SECRETS_IN
  /** The env file that a person hands over, and one with all secrets; a test writes them where its worker reads. */
  readonly credentials: string
  readonly masterEnv: string
  readonly images: typeof IMAGES
  readonly backup: typeof BACKUP
  /** The file of n8n's table `orders`, from the top of its data folder. */
  readonly ordersFile: string
  readonly old: typeof OLD
  readonly legacy: typeof LEGACY
  /** By name: the old stack's, the plain one too. */
  readonly oldContainers: Readonly<Record<string, ContainerFacts>>
  /** By name: neighbour-web-1 of a Compose project (18081), neighbour_files by itself (18082). */
  readonly neighbours: Readonly<Record<string, ContainerFacts>>
}

const n8nSchema = z
  .object({ workflows: z.number(), rows: z.number(), sum: z.string() })
  .transform((found) => ({ ...found, summary: asPython(found) }))
const supabaseSchema = z
  .object({ rows: z.number(), sum: z.string(), realm: z.string().default('recovered-defaults') })
  .transform((found) => ({ ...found, summary: asPython(found) }))
const bakedSchema = z.object({
  n8n: n8nSchema.transform((found) => ({ ...found, credentials: '{"readable": 6, "unreadable": 0}' })),
  supabase: supabaseSchema,
  broken: z.object({
    n8n: n8nSchema.transform((found) => ({ ...found, credentials: '{"readable": 4, "unreadable": 2}' })),
    supabase: supabaseSchema,
  }),
  ordersFile: z.string(),
  secrets: z.record(z.string(), z.string()),
})

/** What the images know of the data in them. */
export async function bakedFacts(testHost: TestHost): Promise<z.infer<typeof bakedSchema>> {
  return bakedSchema.parse(JSON.parse(await testHost.must('cat /opt/vividwalls/facts.json')))
}

/** Each container whose name begins so, running or not. */
export async function containersNamed(
  testHost: TestHost,
  beginning: string,
): Promise<Readonly<Record<string, ContainerFacts>>> {
  const script =
    "docker inspect --format '{{.Name}} {{.Id}} {{.State.StartedAt}}' $(docker ps -aq --no-trunc)"
  const lines = (await testHost.must(script)).split('\n').map((line) => line.slice(1).split(' '))
  return Object.fromEntries(
    lines.flatMap(([name = '', id = '', startedAt = '']) =>
      name.startsWith(beginning) ? [[name, { id, startedAt }]] : [],
    ),
  )
}

/** As Python's json prints it. */
function asPython(content: Readonly<Record<string, string | number>>): string {
  const entries = Object.entries(content).map(([name, value]) => `"${name}": ${JSON.stringify(value)}`)
  return `{${entries.join(', ')}}`
}
