import { fingerprint } from '../testbed/fingerprint.ts'
import type { Stage } from '../testbed/run-stage.ts'
import { searchFor } from '../testbed/secrets-in.ts'
import { accountFor } from '../testbed/vividwalls-accounts.ts'
import type { Place } from '../testbed/vividwalls-accounts.ts'
import type { Acknowledged } from '../testbed/vividwalls-client.ts'
import { containersNamed } from '../testbed/vividwalls-facts.ts'
import { visit } from '../testbed/vividwalls-visit.ts'
import { neighboursAreUntouched } from '../testbed/vividwalls.ts'
import type { VividwallsFacts } from '../testbed/vividwalls.ts'
import { patiently } from './patiently.ts'
import type { Rest } from './answer.ts'
import { howItEnded } from './how-it-ended.ts'
import type { Found } from './judge.ts'
import { RUN } from './machine.ts'
import { newVolumes, oldVolumes, rowsOf } from './rows.ts'
import { searchEverywhere } from './search-everywhere.ts'
import type { Wanted } from './search-everywhere.ts'
import { locksHeld, stillRunning } from './what-is-left.ts'

interface Run {
  readonly facts: VividwallsFacts
  readonly wanted: Wanted
  readonly rest: Rest
  readonly before: { readonly fingerprint: string; readonly rows: string }
  readonly acknowledged: readonly Acknowledged[]
  readonly engineWasHit: boolean
  readonly argumentLists: { readonly onTestHost: readonly string[]; readonly here: readonly string[] }
}

/** Collects the state after a run: service, rows, the machine's state, locks, processes, secrets. */
export async function find(stage: Stage, run: Run): Promise<Found> {
  const { facts, rest, before, engineWasHit } = run
  const { testHost } = stage
  const ended = await howItEnded(stage, RUN)
  const serves = ended.end === 'done' ? `vividwalls-${RUN}` : facts.old.project
  // People restart what died with the engine; everything else must be running.
  if (engineWasHit) await startAgain(stage, [serves, 'neighbour'])
  const locks = rest.is === 'closed' ? await locksHeld(stage) : []
  const notServed = ended.end === undefined ? [] : await whatIsNotServed(stage, run, ended.end)
  const isNew = await has(stage, newVolumes(RUN).n8n)
  return {
    ...{ rest, outcome: ended.outcome, leftovers: ended.leftovers, locks, notServed },
    ...(ended.end === undefined ? {} : { end: ended.end }),
    neighbours: await harmed(stage, run),
    lost: await lostRows(stage, run, isNew),
    rows: {
      oldBefore: before.rows,
      oldAfter: await rowsOf(testHost, oldVolumes(facts)),
      ...(ended.end === 'done' ? { new: await rowsOf(testHost, newVolumes(RUN)) } : {}),
    },
    fingerprint: { before: before.fingerprint, after: await fingerprint(testHost) },
    secrets: [...(await searchEverywhere(stage, RUN, run.wanted)), ...inArguments(run)],
    // Last, because it stops the worker, which keeps connections open.
    leftRunning: rest.is === 'closed' ? await stillRunning(stage) : [],
  }
}

async function startAgain({ testHost }: Stage, projects: readonly string[]): Promise<void> {
  for (const project of projects) {
    const filter = `label=com.docker.compose.project=${project}`
    await testHost.must(`docker ps -aq --filter ${filter} --filter status=exited | xargs -r docker start`)
  }
  await testHost.must('docker start neighbour_files')
}

/** The stack that must serve at this point. */
async function whatIsNotServed(
  { testHost }: Stage,
  { facts }: Run,
  end: 'done' | 'rolled back',
): Promise<readonly string[]> {
  const { n8n } = end === 'done' ? facts : facts.broken
  const get = async (url: string) => (await visit(testHost, url).catch(() => undefined))?.text ?? 'nothing'
  const answers = await patiently(
    async () => ({
      credentials: await get(`${facts.urls.n8n}/rest/credentials`),
      supabase: end === 'done' ? await get(`${facts.urls.supabase}/rest/v1/summary`) : '',
    }),
    ({ credentials, supabase }) =>
      credentials === n8n.credentials && (end !== 'done' || supabase === facts.supabase.summary),
  )
  return [
    ...(answers.credentials === n8n.credentials ? [] : [`n8n answers ${answers.credentials}`]),
    ...(end !== 'done' || answers.supabase === facts.supabase.summary
      ? []
      : [`Supabase answers ${answers.supabase}`]),
  ]
}

/** Stacks outside the plan must be untouched; after a kill of the engine, the same containers must run. */
async function harmed({ testHost }: Stage, { facts, engineWasHit }: Run): Promise<readonly string[]> {
  if (!engineWasHit) {
    const isWell = await neighboursAreUntouched(testHost, facts)
    return isWell ? [] : ['they were stopped, started or replaced']
  }
  const now = await containersNamed(testHost, 'neighbour')
  const running = (await testHost.must("docker ps --filter name=neighbour --format '{{.Names}}'")).split('\n')
  return Object.entries(facts.neighbours).flatMap(([name, { id }]) =>
    now[name]?.id === id && running.includes(name)
      ? []
      : [`${name} is not the container that it was, or is down`],
  )
}

async function lostRows(
  { testHost }: Stage,
  { facts, acknowledged }: Run,
  isNew: boolean,
): Promise<readonly string[]> {
  const places: Record<string, Place> = {
    old: { volume: oldVolumes(facts).n8n, of: 'n8n' },
    ...(isNew ? { new: { volume: newVolumes(RUN).n8n, of: 'n8n' } } : {}),
  }
  const { lost } = await accountFor(testHost, acknowledged, places)
  return lost.map(({ body, stack }) => `${body}, acknowledged by ${stack}`)
}

function inArguments({
  wanted: { secrets, canary },
  argumentLists: { onTestHost, here },
}: Run): readonly string[] {
  const seen = (lists: readonly string[], which: typeof secrets) =>
    searchFor(which, canary)(Buffer.from(lists.join('\n'), 'latin1'))
  // Other users of the test bed know the other secrets.
  const own = { [canary]: secrets[canary] ?? '' }
  return [
    ...seen(onTestHost, secrets).map((what) => `${what}: in an argument list of the server`),
    ...seen(here, own).map((what) => `${what}: in an argument list of this machine`),
  ]
}

async function has({ testHost }: Stage, volume: string): Promise<boolean> {
  return (await testHost.exec(`docker volume inspect ${volume}`)).exitCode === 0
}
