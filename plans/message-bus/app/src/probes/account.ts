import { messageOf, openAccount } from '../account.ts'
import type { Store } from '../store.ts'
import { counted, until } from './probe.ts'
import type { Probe } from './probe.ts'

/** A row of the bus or of `public.deliveries`. */
interface Row {
  readonly id: string
  readonly sha256: string
}

/**
 * Compares the client's account with what is stored: every acknowledged message is in the bus or in `public.deliveries` with its bytes, no
 * content is there twice, and nothing is there that the client did not send. Works before and after the bus is there.
 */
export const account: Probe = async ({ settings, store, options }) => {
  const { clientName, folder } = settings
  const judge = async () => {
    const entries = openAccount(folder, clientName).entries()
    const sums = new Map(
      entries.map((entry) => [entry.id, messageOf(clientName, entry).sha256.toString('hex')]),
    )
    const [bus, deliveries] = [await busRows(store, clientName), await deliveryRows(store, [...sums.keys()])]
    // Read again: the client goes on, and writes each message into its account before it sends it.
    const known = new Set(
      openAccount(folder, clientName)
        .entries()
        .map(({ id }) => id),
    )
    const stored = new Map([...deliveries, ...bus].map(({ id, sha256 }) => [id, sha256]))
    const acknowledged = entries.filter(({ isAcknowledged }) => isAcknowledged)
    return {
      acknowledged: acknowledged.length,
      open: entries.length - acknowledged.length,
      lost: acknowledged.filter(({ id }) => !stored.has(id)).length,
      damaged: [...bus, ...deliveries].filter(({ id, sha256 }) => sums.has(id) && sums.get(id) !== sha256)
        .length,
      doubled: repeatedIn(bus) + repeatedIn(deliveries),
      unknown: bus.filter(({ id }) => !known.has(id)).length,
      inBus: bus.length,
      inDeliveries: deliveries.length,
    }
  }
  // What the daemon keeps in its spool is stored soon.
  await until(options.withinSeconds, async () => (await judge()).lost === 0)
  const { acknowledged, open, lost, damaged, doubled, unknown, inBus, inDeliveries } = await judge()
  return {
    passed: acknowledged > 0 && lost + damaged + doubled + unknown === 0,
    line:
      `${counted(acknowledged, 'message')} acknowledged: ${lost} lost, ${damaged} damaged, ${doubled} doubled, ${unknown} unknown; ` +
      `${inBus} in the bus, ${inDeliveries} in deliveries; ${open} not acknowledged yet`,
  }
}

function repeatedIn(rows: readonly Row[]): number {
  return rows.length - new Set(rows.map(({ sha256 }) => sha256)).size
}

async function isThere(store: Store, table: string): Promise<boolean> {
  const [row] = await store.query<{ found: boolean }>('select to_regclass($1) is not null as found', [table])
  return row?.found === true
}

async function busRows(store: Store, client: string): Promise<readonly Row[]> {
  if (!(await isThere(store, 'bus.message'))) return []
  return store.query<Row & { readonly id: string }>(
    `select id, encode(body_sha256, 'hex') as sha256 from bus.message where session_id = $1`,
    [client],
  )
}

/** Deliveries have no session: those of these ids, and later ones with the same content. */
async function deliveryRows(store: Store, ids: readonly string[]): Promise<readonly Row[]> {
  if (!(await isThere(store, 'public.deliveries'))) return []
  return store.query<Row>(
    `with mine as (select id, sha256(bytes) as sum, received_at from public.deliveries where id = any($1))
     select id, encode(sha256(bytes), 'hex') as sha256 from public.deliveries
     where received_at >= (select min(received_at) from mine) and sha256(bytes) in (select sum from mine)`,
    [ids],
  )
}
