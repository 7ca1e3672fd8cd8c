import type { TestHost } from './test-host.ts'
import { canLogIn } from './own-ssh.ts'
import { queryVolume } from './vividwalls-accounts.ts'
import type { VividwallsFacts } from './vividwalls-facts.ts'

/** The measured state of a test host before and after the source's commands. */
export interface Condition {
  /** Mode and owner of /, such as `755 root`. */
  readonly rootDirectory: string
  readonly inRootDirectory: readonly string[]
  /** Whether an unprivileged user can log in. */
  readonly deployCanLogIn: boolean
  /** The running containers, by name. */
  readonly containers: readonly string[]
  readonly images: readonly string[]
  /** The existing ones of a list of paths. */
  readonly paths: readonly string[]
}

const LOOKED_AT = [
  '/root/twenty-crm/files/index.html',
  '/home/vivid/vivid_mas/scripts/nightly',
  '/root/vivid_mas_build/services/...',
  '/root/vivid_mas/services/...',
  '/backup/MANIFEST.sha256',
]

export async function conditionOf(testHost: TestHost): Promise<Condition> {
  const lines = async (script: string) => (await testHost.must(script)).split('\n').filter(Boolean)
  return {
    rootDirectory: await testHost.must("stat -c '%a %U' /"),
    inRootDirectory: await lines('ls -A /'),
    deployCanLogIn: await canLogIn(testHost, 'deploy'),
    containers: (await lines("docker ps --format '{{.Names}}'")).sort(),
    images: (await lines("docker images --format '{{.Repository}}:{{.Tag}}'")).sort(),
    paths: await lines(`for path in ${LOOKED_AT.join(' ')}; do [ ! -e "$path" ] || echo "$path"; done`),
  }
}

/** The number and origin of n8n's orders in the live stack. */
export interface LiveOrders {
  readonly rows: number
  readonly ofBackup: number
  readonly taken: number
}

export async function liveOrders(testHost: TestHost): Promise<LiveOrders> {
  const sql = `select count(*), count(*) filter (where body like 'Order %'), count(*) filter (where body like 'New %') from orders`
  const [line = ''] = await queryVolume(testHost, 'vivid_mas_n8n_db', { database: 'n8n', sql })
  const [rows = 0, ofBackup = 0, taken = 0] = line.split('|').map(Number)
  return { rows, ofBackup, taken }
}

/** Files of n8n's export that `cp -r dir/*` did not copy. */
export async function filesLeftOut(testHost: TestHost): Promise<readonly string[]> {
  const listed = async (folder: string) =>
    (await testHost.must(`cd ${folder} && find . -type f | sort`)).split('\n')
  const copied = await listed('/root/vivid_mas/n8n/backup')
  return (await listed('/root/vivid_mas_backup/n8n/backup')).filter((file) => !copied.includes(file))
}

/** The usual health indicator: each container of the live project with its state. */
export async function lightsOf(testHost: TestHost): Promise<readonly string[]> {
  await testHost.must(UNTIL_HEALTHY)
  const format = '{{.Names}}: {{.Status}}'
  const script = `docker ps --filter label=com.docker.compose.project=vivid_mas --format '${format}'`
  return (await testHost.must(script)).split('\n').sort()
}

/** The secrets whose values differ in the live containers. */
export async function changedSecrets(
  testHost: TestHost,
  { secrets }: VividwallsFacts,
): Promise<readonly string[]> {
  const there = {
    POSTGRES_PASSWORD: ['postgres', 'POSTGRES_PASSWORD'],
    SUPABASE_PASSWORD: ['supabase-db', 'POSTGRES_PASSWORD'],
    N8N_ENCRYPTION_KEY: ['n8n', 'N8N_ENCRYPTION_KEY'],
    JWT_SECRET: ['supabase', 'PGRST_JWT_SECRET'],
    SMTP_PASSWORD: ['n8n', 'N8N_SMTP_PASS'],
  } as const
  const changed: string[] = []
  for (const [name, [service, variable]] of Object.entries(there)) {
    const { stdout } = await testHost.exec(`docker exec vivid_mas-${service}-1 printenv ${variable}`)
    if (stdout.replace(/\n$/, '') !== secrets[name]) changed.push(name)
  }
  return changed
}

/** The time within which health checks report and a failing restart shows. */
const UNTIL_HEALTHY = `
within=300
while docker ps --filter label=com.docker.compose.project=vivid_mas --format '{{.Status}}' | grep -q 'health: starting'; do
  within=$((within - 1))
  [ "$within" -gt 0 ] || break
  sleep 0.2
done
sleep 2
`
