import { homedir } from 'node:os'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { ReinstateError } from './errors.ts'

/** The configuration: the only place that reads the environment, except for Temporal's variables (temporal.toml, TEMPORAL_…). */
export interface Config {
  /** Databases, logs and binaries of the embedded server. REINSTATE_HOME */
  readonly home: string
  /** Folders that hold plans by name. REINSTATE_PLANS, separated by ":"; the shipped plans come last. */
  readonly planFolders: readonly string[]
  /** The folder that holds the secrets files of plans. REINSTATE_SECRETS. Default: the folder of the plan. */
  readonly secretsFolder?: string
  /** REINSTATE_INVENTORY. Default: ./inventory.yaml. */
  readonly inventory: string
  /** Pinned host keys, in OpenSSH's format: written by `reinstate trust`. Beside the inventory. */
  readonly knownHosts: string
  /** Who may sign decisions, in OpenSSH's format. Beside the inventory. */
  readonly allowedSigners: string
  /** Whom runs notify. Beside the inventory. */
  readonly notify: string
  /** The key with which workers sign. REINSTATE_KEY. Default: `worker.key` in `home`. */
  readonly keyFile: string
  /** The keys that encrypt payloads, if it exists. REINSTATE_CODEC_KEYS. Default: `codec.keys` beside `keyFile`. */
  readonly codecKeys: CodecKeysPlace
  /** Where the host `local` keeps receipts, originals and locks. REINSTATE_LOCAL_ROOT */
  readonly localRoot: string
  /** An existing `temporal` binary. TEMPORAL_CLI_PATH */
  readonly temporalBinary: string | undefined
  /** Where the embedded server listens, on the loopback interface. REINSTATE_PORT, REINSTATE_UI_PORT */
  readonly ports: Ports
  /** The ports that the user named: if one is in use, the server refuses to start. */
  readonly namedPorts: readonly (keyof Ports)[]
  /** What Node calls the system of this machine. Workers and the host `local` need Linux. */
  readonly platform: NodeJS.Platform
  /** Where people open the Temporal UI of a server that is not the embedded one. REINSTATE_UI */
  readonly ui: string | undefined
  /** What the worker logs: this level and above. REINSTATE_LOG_LEVEL. Default: info. */
  readonly logLevel: LogLevel
  /** Where the worker serves its metrics, HOST:PORT. REINSTATE_METRICS. Default: nowhere. */
  readonly metrics: string | undefined
}

/** Where the codec keys are. */
export interface CodecKeysPlace {
  readonly file: string
  /** Whether the user named the file: then it must exist, or what was to be encrypted would be written in plain text. */
  readonly isNamed: boolean
}

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

export interface Ports {
  readonly temporal: number
  readonly ui: number
}

/** Where the embedded server listens by default. */
export const defaultPorts: Ports = { temporal: 7233, ui: 8233 }
/** Where the host `local` keeps its files by default. */
export const defaultLocalRoot = '/var/lib/reinstate'

/** The variables by which a user names a port. */
export const portVariables = { temporal: 'REINSTATE_PORT', ui: 'REINSTATE_UI_PORT' } as const
const portNames = ['temporal', 'ui'] as const

/** An environment variable has an invalid value. */
export class SettingRefused extends ReinstateError {
  override readonly name = 'SettingRefused'
  constructor(variable: string, invalid: { readonly value: string; readonly must: string }) {
    super(`${variable} is "${invalid.value}"; it ${invalid.must}`, { variable, ...invalid })
  }
}

/** @throws SettingRefused */
export function readConfig(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): Config {
  const inventory = resolve(environment['REINSTATE_INVENTORY'] ?? 'inventory.yaml')
  const listed = environment['REINSTATE_PLANS']?.split(':').filter(Boolean) ?? []
  const home = resolve(environment['REINSTATE_HOME'] ?? join(homedir(), '.local', 'share', 'reinstate'))
  const keyFile = resolve(environment['REINSTATE_KEY'] ?? join(home, 'worker.key'))
  return {
    home,
    planFolders: [...listed, resolve('plans'), packageFolder('plans')].map((folder) => resolve(folder)),
    ...(environment['REINSTATE_SECRETS'] ? { secretsFolder: resolve(environment['REINSTATE_SECRETS']) } : {}),
    inventory,
    knownHosts: join(inventory, '..', 'known_hosts'),
    allowedSigners: join(inventory, '..', 'allowed_signers'),
    notify: join(inventory, '..', 'notify.yaml'),
    keyFile,
    codecKeys: {
      file: resolve(environment['REINSTATE_CODEC_KEYS'] ?? join(keyFile, '..', 'codec.keys')),
      isNamed: environment['REINSTATE_CODEC_KEYS'] !== undefined,
    },
    localRoot: resolve(environment['REINSTATE_LOCAL_ROOT'] ?? defaultLocalRoot),
    temporalBinary: environment['TEMPORAL_CLI_PATH'],
    ports: {
      temporal: port(environment, 'REINSTATE_PORT', defaultPorts.temporal),
      ui: port(environment, 'REINSTATE_UI_PORT', defaultPorts.ui),
    },
    namedPorts: portNames.filter((name) => environment[portVariables[name]] !== undefined),
    platform,
    ui: environment['REINSTATE_UI']?.replace(/\/+$/, ''),
    logLevel: logLevel(environment['REINSTATE_LOG_LEVEL']),
    metrics: metricsAddress(environment['REINSTATE_METRICS']),
  }
}

/** A path inside this package, whether the code runs from src or compiled from dist/src. */
export function packageFolder(...parts: readonly string[]): string {
  const here = import.meta.dirname
  const root = here.endsWith(join('dist', 'src')) ? join(here, '..', '..') : join(here, '..')
  return join(root, ...parts)
}

function logLevel(value = 'info'): LogLevel {
  const known = logLevels.find((level) => level === value)
  if (known) return known
  throw new SettingRefused('REINSTATE_LOG_LEVEL', { value, must: `must be one of ${logLevels.join(', ')}` })
}

function metricsAddress(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined
  const [, address = '', given = ''] = /^(?:\[([0-9a-f:]+)\]|[^\s:]+):(\d{1,5})$/i.exec(value) ?? []
  const host = address || value.slice(0, value.lastIndexOf(':'))
  const number = Number(given)
  // The exporter takes an address and no name.
  if (isIP(host) > 0 && number > 0 && number < 65_536) return value
  throw new SettingRefused('REINSTATE_METRICS', {
    value,
    must: 'must be ADDRESS:PORT, such as 127.0.0.1:9464',
  })
}

function port(environment: NodeJS.ProcessEnv, variable: string, otherwise: number): number {
  const value = environment[variable]
  if (value === undefined) return otherwise
  const number = Number(value)
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number
  throw new SettingRefused(variable, { value, must: 'must be a port, 1 to 65535' })
}
