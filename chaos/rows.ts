import type { TestHost } from '../testbed/test-host.ts'
import { queryVolume } from '../testbed/vividwalls-accounts.ts'
import type { VividwallsFacts } from '../testbed/vividwalls.ts'
import { ordersIn } from '../testbed/vividwalls-orders.ts'

/** The two volumes of a stack. */
export interface Volumes {
  readonly n8n: string
  readonly supabase: string
}

const CLIENTS = "body ~ '^[0-9a-f]{8}/[0-9]+$'"
const PRODUCTS = `
select count(*), md5(string_agg(products::text, E'\\n' order by id)) from products where not (${CLIENTS})`
const CREDENTIALS = `
select count(*), md5(string_agg(credentials_entity::text, E'\\n' order by id)) from credentials_entity`

/** Counts and checksums of a stack's rows, without those that clients of the test bed wrote. @throws TestbedFailed */
export async function rowsOf(testHost: TestHost, { n8n, supabase }: Volumes): Promise<string> {
  const { rows, sum } = await ordersIn(testHost, n8n)
  const ask = (volume: string, database: string, sql: string) =>
    queryVolume(testHost, volume, { database, sql })
  const [products] = await ask(supabase, 'postgres', PRODUCTS)
  const [credentials] = await ask(n8n, 'n8n', CREDENTIALS)
  return `orders ${rows} ${sum}, products ${products}, credentials ${credentials}`
}

export function oldVolumes({ old }: VividwallsFacts): Volumes {
  return old.volumes
}

export function newVolumes(run: string): Volumes {
  return { n8n: `vividwalls_n8n_db_${run}`, supabase: `vividwalls_supabase_db_${run}` }
}
