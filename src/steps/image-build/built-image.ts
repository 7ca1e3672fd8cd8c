import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { amount, many, maybe, once, readFacts } from '../facts.ts'
import { formatBytes } from '../format.ts'

const programName = z
  .string()
  .regex(/^[a-zA-Z0-9_][a-zA-Z0-9_.+-]{0,63}$/, { error: 'must be the name of a program' })

/** The field `expect:`. */
export const expectations = z
  .strictObject({
    user: z
      .string()
      .regex(/^[a-z0-9_][a-z0-9_-]{0,31}(:[a-z0-9_][a-z0-9_-]{0,31})?$/, {
        error: 'must be user or user:group, as the image has it',
      })
      .optional()
      .meta({ description: 'The user of the image, as its Dockerfile names it: "10001"' }),
    healthcheck: z.boolean().optional().meta({ description: 'Whether the image has a health check' }),
    maxMegabytes: z.int().min(1).max(100_000).optional().meta({ description: 'The size limit in MB' }),
    without: z
      .array(programName)
      .max(50)
      .default([])
      .meta({ description: 'Programs that the image must not contain, such as curl' }),
  })
  .prefault({})
  .meta({
    title: 'expectations',
    description: 'What is verified on the built image. Default: nothing more',
  })
type Expectations = z.infer<typeof expectations>

/** An image that was built, as its engine and its layers have it. */
interface BuiltImage {
  readonly id: string
  readonly label: string
  readonly engine: string
  readonly platform: string
  readonly user: string
  readonly health: string
  readonly size: number
  readonly layers: number
  /** The number of layers that could be read. */
  readonly read: number
  /** Paths in any layer: files that no image may hold, programs that this one must not, files with a private key. */
  readonly bad: readonly string[]
  readonly program: readonly string[]
  readonly key: readonly string[]
}

/** Reads the image of a tag and each of its layers. @throws StepNotVerified if there is none */
export async function readBuiltImage(
  tag: string,
  { without }: Expectations,
  host: HostView,
): Promise<BuiltImage> {
  const script = shellFile('image-build/verify.sh', { tag, programs: without })
  const { stdout } = await host.measure('layers', question(script, { timeoutSeconds: 1800 }))
  const { id } = readFacts(stdout, { id: maybe })
  if (id === undefined) throw new StepNotVerified(`there is no image ${tag}`)
  const found = readFacts(stdout, {
    ...{ label: once, engine: once, platform: once, user: once, health: once },
    ...{ size: amount, layers: amount, read: amount, bad: many, program: many, key: many },
  })
  return { id, ...found }
}

/** Returns what is not as expected, and what no image may hold. */
export function deviations(image: BuiltImage, expect: Expectations): readonly string[] {
  const { user, healthcheck, maxMegabytes } = expect
  const hasCheck = !['', 'NONE '].includes(image.health)
  return [
    ...(isPlatform(image.platform, image.engine) ? [] : [`it is for ${image.platform}, not ${image.engine}`]),
    ...(user === undefined || image.user === user
      ? []
      : [`its user is ${image.user || 'root'}, not ${user}`]),
    ...(healthcheck === undefined || healthcheck === hasCheck
      ? []
      : [healthcheck ? 'it has no health check' : 'it has a health check']),
    ...(maxMegabytes === undefined || image.size <= maxMegabytes * 1_000_000
      ? []
      : [`it has ${formatBytes(image.size)}, more than ${maxMegabytes} MB`]),
    ...(image.read === image.layers
      ? []
      : [`${image.layers - image.read} of ${image.layers} layers cannot be read`]),
    ...image.program.map((path) => `it contains ${path}`),
    ...image.bad.map((path) => `a layer contains ${path}`),
    ...image.key.map((path) => `a layer contains a private key: ${path}`),
  ]
}

/** What was expected, for the evidence: `user 10001, with a health check, without curl`. */
export function expectationsText({ user, healthcheck, without }: Expectations): string {
  return [
    user === undefined ? 'user not checked' : `user ${user}`,
    ...(healthcheck === undefined ? [] : [healthcheck ? 'with a health check' : 'without a health check']),
    ...(without.length === 0 ? [] : [`without ${without.join(', ')}`]),
  ].join(', ')
}

/** Whether a platform such as linux/arm64/v8 is the engine's, linux/arm64. */
export function isPlatform(platform: string, engine: string): boolean {
  return platform === engine || platform.startsWith(`${engine}/`)
}
