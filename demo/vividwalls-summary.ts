import { accountFor } from '../testbed/vividwalls-accounts.ts'
import type { TestHost } from '../testbed/test-host.ts'
import type { Writes } from '../testbed/vividwalls-client.ts'
import { ordersIn, ordersInBackup } from '../testbed/vividwalls-orders.ts'
import type { Orders } from '../testbed/vividwalls-orders.ts'
import { visit } from '../testbed/vividwalls-visit.ts'
import { neighboursAreUntouched } from '../testbed/vividwalls.ts'
import type { VividwallsFacts } from '../testbed/vividwalls.ts'
import { say } from './say.ts'

/** A restored VividWalls, and the rows that a client wrote during the restore. */
export interface Restored {
  readonly facts: VividwallsFacts
  readonly run: string
  readonly writes: Writes
}

/** The responses of the broken stack. */
export async function tellOfBroken(testHost: TestHost, { urls }: VividwallsFacts): Promise<void> {
  for (const url of [`${urls.n8n}/healthz`, `${urls.supabase}/health`]) {
    const { status, text } = await visit(testHost, url)
    say(`  ${url}: status ${status}${status === 503 ? `, ${text.trim()}` : ''}`)
  }
}

/** The current rows and checksums of the old stack, the backup and the serving stack, from their databases. */
export async function tellOfData(testHost: TestHost, { facts, run }: Restored): Promise<void> {
  const [old, backup, now] = await Promise.all([
    ordersIn(testHost, facts.old.volumes.n8n),
    ordersInBackup(testHost, facts.backup.n8nVolume),
    ordersIn(testHost, newVolume(run)).catch(() => undefined),
  ])
  const products = await visit(testHost, `${facts.urls.supabase}/rest/v1/summary`).then(
    ({ text }) => text.trim(),
    () => 'no answer',
  )
  const equal = (one: boolean) => (one ? '   equal' : '   NOT EQUAL')
  say(
    [
      '\nRows and checksums, queried from the databases now',
      `  n8n, old stack       ${formatBytes(old)}`,
      `  n8n, backup          ${formatBytes(backup)}`,
      `  n8n, now             ${now ? `${formatBytes(now)}${equal(now.sum === backup.sum)}` : 'there is no new volume'}`,
      `  supabase, old stack  ${facts.broken.supabase.rows} products, sum ${facts.broken.supabase.sum}`,
      `  supabase, backup     ${facts.supabase.rows} products, sum ${facts.supabase.sum}`,
      `  supabase, now        ${products}${equal(products === facts.supabase.summary)}`,
    ].join('\n'),
  )
}

export async function tellOfNeighbours(testHost: TestHost, facts: VividwallsFacts): Promise<void> {
  const names = Object.keys(facts.neighbours).join(', ')
  const untouched = await neighboursAreUntouched(testHost, facts)
  say(`\nThe neighbours, ${names}: ${untouched ? 'the same containers, never restarted' : 'CHANGED'}`)
}

/** The longest time without an answer, and the location of each acknowledged row. */
export async function tellOfWrites(testHost: TestHost, { facts, run, writes }: Restored): Promise<void> {
  const { acknowledged, refused, unanswered, longestSilenceSeconds } = writes
  const volumes = { 'the old volume': facts.old.volumes.n8n, 'the new volume': newVolume(run) }
  const there = await testHost.must('docker volume ls -q')
  const places = Object.entries(volumes)
    .filter(([, volume]) => there.split('\n').includes(volume))
    .map(([name, volume]) => [`${name}, ${volume}`, { volume, of: 'n8n' as const }] as const)
  const { found, lost } = await accountFor(testHost, acknowledged, Object.fromEntries(places))
  say(
    [
      `\nThe client: ${acknowledged.length} writes were acknowledged, ${refused.length + unanswered.length} were not.`,
      `  longest time without an acknowledgement: ${longestSilenceSeconds.toFixed(1)} s`,
      ...Object.entries(found).map(([name, writes]) => `  ${writes.length} of them are in ${name}`),
      `  ${lost.length} of them are nowhere`,
    ].join('\n'),
  )
}

function newVolume(run: string): string {
  return `vividwalls_n8n_db_${run}`
}

function formatBytes({ rows, sum, byClients }: Orders): string {
  return `${rows} orders, sum ${sum}${byClients > 0 ? `, and ${byClients} of the client's` : ''}`
}
