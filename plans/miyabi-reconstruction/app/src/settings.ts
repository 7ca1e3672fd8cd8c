import { z } from 'zod'

const settings = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/[^/]+\/[^/?]+(\?.*)?$/, 'expected: postgres://USER:…@HOST:5432/DATABASE'),
  JWT_SECRET: z.string().min(32, 'expected: 32 characters or more'),
  // As long as the schema is the one from before the reconstruction, only the list can be answered.
  SERVES: z.enum(['everything', 'list'], 'expected: everything or list').default('everything'),
  TOKEN_SECONDS: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, 'expected: a whole number of seconds from 1 to 99999')
    .default('900'),
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
  readonly jwtSecret: Uint8Array
  readonly serves: 'everything' | 'list'
  /** How long an access token is valid. */
  readonly tokenSeconds: number
  readonly port: number
  /** The version of the image, from its build. */
  readonly version: string
  /** The run that started this container. Every response names it. */
  readonly release: string
}

/** Names every variable that is missing or wrong. Never contains a value: two of them are secret. */
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
    jwtSecret: new TextEncoder().encode(data.JWT_SECRET),
    serves: data.SERVES,
    tokenSeconds: Number(data.TOKEN_SECONDS),
    port: Number(data.PORT),
    version: data.VERSION,
    release: data.RELEASE,
  }
}
