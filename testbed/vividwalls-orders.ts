import type { TestHost } from './test-host.ts'
import { queryVolume } from './vividwalls-accounts.ts'

/** n8n's table of orders: those that were there before any client of the test bed wrote, and those of clients. */
export interface Orders {
  readonly rows: number
  /** Over id, workflow, body and time of these rows, in order. */
  readonly sum: string
  readonly byClients: number
}

const CLIENTS = "body ~ '^[0-9a-f]{8}/[0-9]+$'"
const ORDERS = `
select count(*) filter (where not (${CLIENTS})),
  md5(string_agg(concat_ws('|', id, workflow, body, extract(epoch from at)::bigint), E'\\n' order by id) filter (where not (${CLIENTS}))),
  count(*) filter (where ${CLIENTS})
from orders`

/** Counts and sums the orders in a volume, asked of the container that serves it, else of a copy. @throws TestbedFailed */
export async function ordersIn(testHost: TestHost, volume: string): Promise<Orders> {
  const [line = ''] = await queryVolume(testHost, volume, { database: 'n8n', sql: ORDERS })
  const [rows, sum = '', byClients] = line.split('|')
  return { rows: Number(rows), sum, byClients: Number(byClients) }
}

/** The same of the backup's folder, in a scratch volume that is removed. @throws TestbedFailed */
export async function ordersInBackup(testHost: TestHost, folder: string): Promise<Orders> {
  const volume = 'testbed-backup-looked-at'
  await testHost.must(COPY, { env: { VOLUME: volume, FROM: folder } })
  try {
    return await ordersIn(testHost, volume)
  } finally {
    await testHost.must(`docker volume rm ${volume}`)
  }
}

const COPY = `
set -eu
docker volume create "$VOLUME" >/dev/null
cp -a "$FROM/." "$(docker volume inspect --format '{{.Mountpoint}}' "$VOLUME")"
`
