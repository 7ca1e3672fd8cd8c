import {
  CUTOVER,
  MASTER_ENV,
  MIGRATION,
  N8N_FILES,
  ONCE_MORE,
  scaffoldAsWritten,
  validationAsWritten,
} from './as-written-commands.ts'
import type { Written } from './as-written-commands.ts'
import type { TestHost } from './test-host.ts'
import { ownSsh } from './own-ssh.ts'
import type { OwnSsh, Typed } from './own-ssh.ts'
import type { VividwallsFacts } from './vividwalls-facts.ts'

/** A command that was run, and its result. */
export type Done = Written & Typed

type Tell = (done: Done) => void

/** Orders that arrive while the new stack is live. */
const NEW_ORDERS = 5000

/**
 * Runs the source document's commands verbatim over ssh: rows 1.1 to 4.6, without the manual 3.3. Destroys the data on the
 * test host. @throws TestbedFailed if the machine that answers is not the test host's container
 */
export async function carryOutAsWritten(
  testHost: TestHost,
  facts: VividwallsFacts,
  tell: Tell,
): Promise<readonly Done[]> {
  return await typing(testHost, tell, async (ssh, type) => {
    await testHost.must(SET_STAGE, { env: { DOMAIN: facts.domain } })
    for (const written of await scaffoldAsWritten()) await type(written)
    await ssh.copy(masterEnv(facts), '/root/vivid_mas_build/.env')
    tell({ ...MASTER_ENV, exitCode: 0, stdout: '', stderr: '' })
    for (const written of [N8N_FILES, ...MIGRATION, ...validationAsWritten(facts), ...CUTOVER])
      await type(written)
  })
}

/**
 * The aftermath: the shop takes orders, and rows 2.2 and 2.3 are repeated with the corrected variable while the databases
 * run, as the document says.
 */
export async function onceMoreAsWritten(testHost: TestHost, tell: Tell): Promise<readonly Done[]> {
  await testHost.must(TAKE_ORDERS, { env: { ORDERS: `${NEW_ORDERS}` } })
  return await typing(testHost, tell, async (_, type) => {
    for (const written of ONCE_MORE) await type(written)
  })
}

async function typing(
  testHost: TestHost,
  tell: Tell,
  work: (ssh: OwnSsh, type: (written: Written) => Promise<void>) => Promise<void>,
): Promise<readonly Done[]> {
  const ssh = await ownSsh(testHost)
  const all: Done[] = []
  try {
    await work(ssh, async (written) => {
      const done = { ...written, ...(await ssh.type(written.command)) }
      all.push(done)
      tell(done)
    })
    return all
  } finally {
    ssh.close()
  }
}

/** Formats a key and a value. */
function masterEnv({ secrets, domain, images }: VividwallsFacts): string {
  const values = {
    ...{ DOMAIN: domain, SCHEDULES: 'on', CADDY_OPTIONS: 'local_certs' },
    ...{ POSTGRES_IMAGE: images.postgres, SUPABASE_DB_IMAGE: images.postgres, N8N_IMAGE: images.n8n },
    ...{ SUPABASE_API_IMAGE: images.supabaseApi, CADDY_IMAGE: images.caddy },
    ...secrets,
  }
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** Resolves the domain to this machine and trusts its certificates, in place of the internet. */
const SET_STAGE = `
set -eu
for name in "$DOMAIN" "n8n.$DOMAIN" "supabase.$DOMAIN"; do echo "127.0.0.1 $name" >>/etc/hosts; done
echo insecure >/root/.curlrc
`

const TAKE_ORDERS = `
set -eu
ask() { docker exec vivid_mas-postgres-1 psql -U postgres -d n8n -AtXq -v ON_ERROR_STOP=1 -c "$1"; }
within=600
until ask 'select 1 from orders limit 1' >/dev/null 2>&1; do
  within=$((within - 1))
  [ "$within" -gt 0 ] || { docker ps -a >&2; docker logs vivid_mas-n8n-1 >&2; exit 1; }
  sleep 0.2
done
ask "insert into orders (workflow, body) select 'orders', 'New ' || n || ': ' || md5('new' || n) from generate_series(1, $ORDERS) as n"
`
