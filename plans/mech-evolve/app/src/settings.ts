import winston from 'winston'

/** What the environment decides. */
export interface Settings {
  readonly mongodbUri: string
  readonly port: number
  readonly logLevel: string
  /** Origins whose pages may call the service from a browser. */
  readonly corsOrigins: readonly string[]
  /** The version of the image, from its build. */
  readonly version: string
  /** The release that runs this container. Every response names it. */
  readonly release: string
}

/** Names every variable that is missing or wrong. Never contains the value of MONGODB_URI, which may hold a password. */
export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** Reads and checks all variables. @throws InvalidSettings with all problems */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const problems: string[] = []
  const settings = {
    mongodbUri: environment['MONGODB_URI'] ?? '',
    port: Number(environment['PORT'] ?? '3011'),
    logLevel: environment['LOG_LEVEL'] ?? 'info',
    corsOrigins: (environment['CORS_ORIGINS'] ?? '')
      .split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
    version: environment['VERSION'] ?? '0.0.0-development',
    release: environment['RELEASE'] ?? 'development',
  }
  if (!isMongodbUri(settings.mongodbUri))
    problems.push('MONGODB_URI is missing or wrong; expected: mongodb://HOST:27017/DATABASE')
  if (!Number.isInteger(settings.port) || settings.port < 1 || settings.port > 65535)
    problems.push(`PORT is "${environment['PORT']}"; expected: a whole number from 1 to 65535`)
  const levels = Object.keys(winston.config.npm.levels)
  if (!levels.includes(settings.logLevel))
    problems.push(`LOG_LEVEL is "${settings.logLevel}"; expected: one of ${levels.join(', ')}`)
  for (const origin of settings.corsOrigins)
    if (!isOrigin(origin))
      problems.push(`CORS_ORIGINS contains "${origin}"; expected: an origin such as https://example.org`)
  if (problems.length > 0) throw new InvalidSettings(problems)
  return settings
}

/** The database must be named: without a name the driver would use "test". */
function isMongodbUri(text: string): boolean {
  return /^mongodb(\+srv)?:\/\/[^/]+\/[^/?]+(\?.*)?$/.test(text)
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text
}
