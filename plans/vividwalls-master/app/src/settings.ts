import { z } from 'zod'

const settings = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/[^/]+\/[^/?]+(\?.*)?$/, 'expected: postgres://USER:…@HOST:5432/DATABASE'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/[^/]+(\/\d*)?$/, 'expected: redis://HOST:6379')
    .optional(),
  // v1 is what served before the twelve weeks: each agent acts on its own events.
  SERVES: z.enum(['v1', 'v2'], 'expected: v1 or v2').default('v2'),
  WORKFLOWS: z.string().regex(/^\/./, 'expected: an absolute path').default('/workflows'),
  TICK_SECONDS: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'expected: a whole number of seconds from 1 to 9999')
    .default('5'),
  PORT: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, 'expected: a whole number from 1 to 65535')
    .refine((text) => Number(text) < 65_536, 'expected: a whole number from 1 to 65535')
    .default('3000'),
  VERSION: z.string().default('0.0.0-development'),
  RELEASE: z.string().default('development'),
})

/** What the environment decides. */
export interface Settings {
  readonly databaseUrl: string
  /** Without it, nothing is cached. */
  readonly redisUrl?: string
  readonly serves: 'v1' | 'v2'
  /** The folder with v1.json or v2.json. */
  readonly workflows: string
  /** How often sales are posted, reports are made and changes of agents are noticed. */
  readonly tickSeconds: number
  readonly port: number
  /** The version of the image, from its build. */
  readonly version: string
  /** The run that started this container. Every response names it. */
  readonly release: string
}

/** Names every variable that is missing or wrong. Never contains a value: a URL holds a password. */
export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** Reads and checks all variables. An empty variable counts as not set. @throws InvalidSettings with all problems */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const { success, data, error } = settings.safeParse(given)
  if (!success)
    throw new InvalidSettings(
      error.issues.map(({ path, message }) => `${path.join('.')} is missing or wrong; ${message}`),
    )
  return {
    databaseUrl: data.DATABASE_URL,
    ...(data.REDIS_URL !== undefined && { redisUrl: data.REDIS_URL }),
    serves: data.SERVES,
    workflows: data.WORKFLOWS,
    tickSeconds: Number(data.TICK_SECONDS),
    port: Number(data.PORT),
    version: data.VERSION,
    release: data.RELEASE,
  }
}
