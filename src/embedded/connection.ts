import { hostname } from 'node:os'
import { Client, Connection } from '@temporalio/client'
import type { ConnectionOptions } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { clientConverter } from '../codec/data-converter.ts'
import type { CodecKeysPlace, Config } from '../config.ts'
import { certificateProblem } from './certificate-problem.ts'
import { listens } from './namespace.ts'
import { TemporalUnreachable } from './not-up.ts'
import { lastServer, runningServer, serverDied } from './temporal-server.ts'
import { userName } from '../host/user-name.ts'

/** A connection to Temporal, with its addresses for messages. */
export interface Temporal {
  readonly client: Client
  readonly connection: Connection
  readonly namespace: string
  readonly address: string
  /** Where people open the Temporal UI. */
  readonly ui: string
  readonly close: () => Promise<void>
}

/** Where Temporal is expected. */
export interface TemporalLocation {
  readonly address: string
  readonly ui: string
  readonly namespace: string
  readonly codecKeys: CodecKeysPlace
  /** No other server is configured: if nothing answers, the embedded server may be started. */
  readonly mayEmbed: boolean
  /** The embedded server was killed: what answers at its address is another program. */
  readonly wasKilled?: boolean
}

const CONNECT_WITHIN_MS = 4000
const RENEW =
  'check the certificates; those of docker-compose.temporal.yml are renewed by: sh scripts/temporal-up'

/** Reads temporal.toml, TEMPORAL_PROFILE and TEMPORAL_ADDRESS like Temporal's CLI. Default: the embedded server. */
export async function locateTemporal(config: Config): Promise<TemporalLocation> {
  const { codecKeys } = config
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig()
  const embedded = await runningServer(config.home)
  const configured = connectionOptions.address
  const ui = config.ui ?? embedded?.ui ?? `http://127.0.0.1:${config.ports.ui}`
  if (configured !== undefined && configured !== embedded?.address) {
    return {
      address: configured,
      namespace,
      ui: config.ui ?? `http://127.0.0.1:${config.ports.ui}`,
      codecKeys,
      mayEmbed: false,
    }
  }
  if (embedded) return { address: embedded.address, namespace, ui, codecKeys, mayEmbed: true }
  const last = config.namedPorts.includes('temporal') ? undefined : await lastServer(config.home)
  const address = last?.address ?? `127.0.0.1:${config.ports.temporal}`
  return { address, namespace, ui, codecKeys, mayEmbed: true, wasKilled: await serverDied(config.home) }
}

/** Connects within four seconds. @throws TemporalUnreachable · KeyRefused */
export async function connectTo(whereabouts: TemporalLocation): Promise<Temporal> {
  const { address, namespace, ui, codecKeys, mayEmbed, wasKilled = false } = whereabouts
  const dataConverter = clientConverter({ codecKeys })
  const next = mayEmbed
    ? 'reinstate dev'
    : 'check TEMPORAL_ADDRESS or temporal.toml, and that the server is up'
  if (!(await listens(address)))
    throw new TemporalUnreachable(address, { reason: 'nothing listens there', next })
  if (wasKilled)
    throw new TemporalUnreachable(address, {
      reason: 'the embedded server was killed, and another program has its port',
      next,
    })
  const { connectionOptions } = loadClientConnectConfig()
  const options = { ...clientOptions(connectionOptions), address, connectTimeout: CONNECT_WITHIN_MS }
  try {
    const connection = await Connection.connect(options)
    const client = new Client({
      connection,
      namespace,
      dataConverter,
      identity: `${userName()}@${hostname()} (reinstate)`,
    })
    return { client, connection, namespace, address, ui, close: () => connection.close() }
  } catch (error) {
    const refused = await certificateProblem(options)
    if (refused !== undefined) throw new TemporalUnreachable(address, { reason: refused, next: RENEW })
    const reason = error instanceof Error ? error.message : String(error)
    throw new TemporalUnreachable(address, { reason, next })
  }
}

/** The address of a workflow's page. */
export function pageOf({ ui, namespace }: Pick<Temporal, 'ui' | 'namespace'>, workflowId: string): string {
  return `${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`
}

/** The connection options of the configuration that a client takes; the others are for workers. */
function clientOptions({
  tls,
  apiKey,
  metadata,
}: ReturnType<typeof loadClientConnectConfig>['connectionOptions']): ConnectionOptions {
  return {
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    // Values may be bytes for a worker's connection; from the environment they are text.
    ...(metadata === undefined ? {} : { metadata: metadata as Record<string, string> }),
  }
}
