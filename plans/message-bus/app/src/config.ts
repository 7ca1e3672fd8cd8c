import { z } from 'zod'

/** One MB, in every variable and every message of this program: 1,048,576 bytes. */
export const MB = 1024 * 1024

interface Variable<Value> {
  readonly name: string
  /** Another name for the same variable. */
  readonly alias?: string
  /** The text that stands for a variable that is not set. */
  readonly default: string
  readonly schema: z.ZodType<Value, string>
  /** What a right value looks like, with its unit. */
  readonly expected: string
  readonly about: string
  /** Its value may hold a password. */
  readonly isSecret?: true
}

const variable = <Value>(one: Variable<Value>): Variable<Value> => one

const flag = (name: string, standard: 'true' | 'false', about: string) =>
  variable({
    name,
    default: standard,
    about,
    expected: 'true or false',
    schema: z.enum(['true', 'false']).transform((text) => text === 'true'),
  })

const wholeNumber = (from: number, to: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.number().min(from).max(to))

interface Range {
  readonly from: number
  readonly to: number
  readonly unit?: string
}

const whole = (name: string, standard: number, { from, to, unit = '' }: Range, about: string) =>
  variable({
    name,
    default: String(standard),
    about,
    expected: `a whole number ${unit && `of ${unit} `}from ${from} to ${to}`,
    schema: wholeNumber(from, to),
  })

const text = (name: string, standard: string, about: string) =>
  variable({
    name,
    default: standard,
    about,
    expected: '1 to 100 letters, digits, "_", "-" and, but for the first, "."',
    schema: z.string().regex(/^[\w-][\w.-]{0,99}$/),
  })

const isUrl = (protocols: readonly string[]) => (value: string) =>
  URL.canParse(value) && protocols.includes(new URL(value).protocol)
const databaseUrl = z
  .string()
  .refine(
    (value) =>
      value === '' || (isUrl(['postgres:', 'postgresql:'])(value) && /[^/]\/[^/?]+(\?|$)/.test(value)),
  )

const SECONDS: Range = { from: 1, to: 86_400, unit: 'seconds' }
const MEGABYTES: Range = { from: 1, to: 500, unit: 'MB' }

/** Every variable that the program reads, but for PGHOST and the others that PostgreSQL's own clients read too. */
export const variables = {
  enabled: flag(
    'MESSAGE_BUS_ENABLED',
    'true',
    'Senders write to the bus and send the id. `false`: they send messages inline',
  ),
  mode: variable({
    name: 'MESSAGE_BUS_MODE',
    default: 'bus',
    expected: 'old, dual or bus',
    about:
      'What the daemon stores: `old`: the table `public.deliveries`; `dual`: that and the bus; `bus`: the bus',
    schema: z.enum(['old', 'dual', 'bus']),
  }),
  adopts: flag(
    'MESSAGE_BUS_ADOPT',
    'false',
    'In mode `dual`, beside a daemon in mode `old`: whether to copy to the bus what that one stores',
  ),
  ttlHours: variable({
    name: 'MESSAGE_BUS_TTL_HOURS',
    default: '48',
    expected: 'a number of hours from 0.001 to 8760',
    about: 'A message expires so long after it was written; the cleaner then removes it, delivered or not',
    schema: z
      .string()
      .regex(/^\d{1,4}(\.\d{1,3})?$/)
      .transform(Number)
      .pipe(z.number().min(0.001).max(8760)),
  }),
  maxPayloadMb: whole(
    'MESSAGE_BUS_MAX_PAYLOAD_MB',
    100,
    MEGABYTES,
    'A sender refuses a larger message. Nothing of it is stored',
  ),
  compression: variable({
    name: 'MESSAGE_BUS_COMPRESSION',
    default: 'gzip',
    expected: 'gzip or none',
    about: '`gzip`: bodies are compressed where that saves a tenth',
    schema: z.enum(['gzip', 'none']),
  }),
  checksumEnabled: flag(
    'MESSAGE_BUS_CHECKSUM_ENABLED',
    'true',
    'Every read compares the SHA-256 of the bytes with the stored one',
  ),
  verifyIntegrity: flag(
    'MESSAGE_BUS_VERIFY_INTEGRITY',
    'false',
    'A sender reads back what it wrote before it sends the id',
  ),
  logAllOperations: flag('MESSAGE_BUS_LOG_ALL_OPERATIONS', 'false', 'A log line for every message'),
  breakerThreshold: {
    ...whole(
      'MESSAGE_BUS_CIRCUIT_BREAKER_THRESHOLD',
      5,
      { from: 1, to: 1000 },
      'Failures in a row that open the circuit breaker',
    ),
    alias: 'CIRCUIT_BREAKER_THRESHOLD',
  },
  breakerTimeoutSecs: {
    ...whole(
      'MESSAGE_BUS_CIRCUIT_BREAKER_TIMEOUT_SECS',
      60,
      SECONDS,
      'An open circuit breaker lets one attempt through after this time',
    ),
    alias: 'CIRCUIT_BREAKER_TIMEOUT_SECS',
  },
  fallback: flag(
    'MESSAGE_BUS_FALLBACK_TO_WEBSOCKET',
    'true',
    'While the bus is away, messages go inline, up to the frame limit. `false`: the sender waits',
  ),
  writeTimeoutSecs: whole(
    'MESSAGE_BUS_WRITE_TIMEOUT_SECS',
    10,
    SECONDS,
    'A write that takes longer counts as a failure',
  ),
  readTimeoutSecs: whole(
    'MESSAGE_BUS_READ_TIMEOUT_SECS',
    5,
    SECONDS,
    'A read that takes longer counts as a failure',
  ),
  cleanupIntervalSecs: whole('MESSAGE_BUS_CLEANUP_INTERVAL_SECS', 3600, SECONDS, 'The cleaner runs so often'),
  frameLimitMb: whole(
    'FRAME_LIMIT_MB',
    32,
    MEGABYTES,
    'The largest WebSocket frame. An inline message must fit, with 4 KB for its header',
  ),
  spoolLimitMb: whole(
    'SPOOL_LIMIT_MB',
    1024,
    { from: 1, to: 1_000_000, unit: 'MB' },
    'What the daemon keeps on its disk while the bus is away. It refuses more',
  ),
  port: variable({
    name: 'PORT',
    default: '',
    expected: 'a whole number from 1 to 65535',
    about: 'Where `daemon` (default: 8765) or `dashboard` (default: 8090) listens',
    schema: z.union([z.literal('').transform(() => undefined), wholeNumber(1, 65535)]),
  }),
  daemonUrl: variable({
    name: 'DAEMON_URL',
    default: 'ws://daemon:8765',
    expected: 'a URL such as ws://daemon:8765',
    about: 'The daemon, for `client`, `probe` and `dashboard`',
    schema: z.string().refine(isUrl(['ws:', 'wss:'])),
  }),
  databaseUrl: variable({
    name: 'DATABASE_URL',
    default: '',
    expected: 'postgres://USER:…@HOST:5432/DATABASE, or PGHOST, PGUSER, PGPASSWORD and PGDATABASE instead',
    about: 'The database of the bus',
    schema: databaseUrl,
    isSecret: true,
  }),
  anonDatabaseUrl: variable({
    name: 'ANON_DATABASE_URL',
    default: '',
    expected: 'postgres://USER:…@HOST:5432/DATABASE',
    about: 'For `probe anonymous`: a user that may become the role `anon`. Default: the user of the bus',
    schema: databaseUrl,
    isSecret: true,
  }),
  folder: variable({
    name: 'BUS_FOLDER',
    default: '/var/lib/bus',
    expected: 'an absolute path',
    about: 'A volume: the spool of the daemon, the account of the client, the results of probes',
    schema: z.string().regex(/^\/[^\0]*$/),
  }),
  clientName: text('CLIENT_NAME', 'client', 'The name in the account and in `session_id`'),
  clientPerSecond: whole(
    'CLIENT_PER_SECOND',
    5,
    { from: 1, to: 1000 },
    'Messages that `client` sends each second',
  ),
  clientSizes: variable({
    name: 'CLIENT_SIZES',
    default: '1k,10k',
    expected: 'sizes such as 1k,10k,2m, each from 1k to 500m',
    about: 'The sizes of these messages, in turn',
    schema: z
      .string()
      .regex(/^\d{1,6}[km](,\d{1,6}[km])*$/)
      .transform(sizesOf)
      .refine((sizes) => sizes.every((size) => size >= 1024 && size <= 500 * MB)),
  }),
  logLevel: variable({
    name: 'LOG_LEVEL',
    default: 'info',
    expected: 'debug, info, warn or error',
    about: 'The least important lines of the log',
    schema: z.enum(['debug', 'info', 'warn', 'error']),
  }),
  version: text('VERSION', '0.0.0-development', 'The version of the image, from its build'),
  release: text(
    'RELEASE',
    'development',
    'The run that started this container. Every HTTP response names it in X-Reinstate-Run',
  ),
} as const

export type Settings = {
  readonly [Key in keyof typeof variables]: z.output<(typeof variables)[Key]['schema']>
}

/** Names every variable that is missing, wrong or unknown. Never contains a value that may hold a password. */
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
  const problems: string[] = []
  const entries = Object.entries<Variable<unknown>>(variables).map(([key, one]) => {
    const { name, alias, schema, expected, isSecret } = one
    const value = environment[name] || (alias !== undefined && environment[alias]) || one.default
    const parsed = schema.safeParse(value)
    if (!parsed.success)
      problems.push(`${name} is ${isSecret ? 'wrong' : `"${value}"`}; expected: ${expected}`)
    if (
      alias !== undefined &&
      environment[name] &&
      environment[alias] &&
      environment[name] !== environment[alias]
    )
      problems.push(
        `${name} is "${environment[name]}" and ${alias} is "${environment[alias]}"; expected: one of them`,
      )
    return [key, parsed.data]
  })
  if (!environment['DATABASE_URL'] && !environment['PGHOST'])
    problems.push(`DATABASE_URL is missing; expected: ${variables.databaseUrl.expected}`)
  for (const name of unknownNames(environment))
    problems.push(`${name} is unknown; expected: a name of the table in the README`)
  if (problems.length > 0) throw new InvalidSettings(problems)
  return Object.fromEntries(entries) as Settings // an entry for each variable, parsed by its schema
}

/** A misspelt name would otherwise leave its default in force. */
function unknownNames(environment: NodeJS.ProcessEnv): readonly string[] {
  const known = new Set(
    Object.values<Variable<unknown>>(variables).flatMap(({ name, alias }) => [name, alias]),
  )
  return Object.keys(environment).filter(
    (name) => /^(MESSAGE_BUS|CIRCUIT_BREAKER)_/.test(name) && !known.has(name),
  )
}

/** Returns bytes: `1k,2m` is [1024, 2097152]. */
export function sizesOf(list: string): readonly number[] {
  return list.split(',').map((size) => Number.parseInt(size, 10) * (size.endsWith('m') ? MB : 1024))
}

/** The largest body of an inline message, in bytes. */
export function inlineLimit(frameLimitMb: number): number {
  return frameLimitMb * MB - 4096
}
