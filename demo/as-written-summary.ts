import type { Done } from '../testbed/as-written.ts'
import {
  changedSecrets,
  conditionOf,
  filesLeftOut,
  lightsOf,
  liveOrders,
} from '../testbed/as-written-damage.ts'
import type { Condition } from '../testbed/as-written-damage.ts'
import type { TestHost } from '../testbed/test-host.ts'
import type { VividwallsFacts } from '../testbed/vividwalls.ts'
import { say } from './say.ts'

/** The damage of the commands to the machine and to other stacks on it. */
export async function tellOfDamage(
  testHost: TestHost,
  {
    facts,
    before,
    done,
  }: { readonly facts: VividwallsFacts; readonly before: Condition; readonly done: readonly Done[] },
): Promise<void> {
  const after = await conditionOf(testHost)
  const failed = done.filter(({ exitCode }) => exitCode !== 0)
  line('exit codes', `${done.length - failed.length} of ${done.length} are 0`)
  for (const { row, stdout } of done) {
    const [status] = row === '3.2' ? stdout.split('\n') : []
    if (status) line('curl -I', `${status.trim()}, and exit 0`)
  }
  if (after.rootDirectory !== before.rootDirectory)
    line('mode of /', `${before.rootDirectory} → ${after.rootDirectory}`)
  if (before.deployCanLogIn && !after.deployCanLogIn)
    line('logins', 'only root can still log in; user deploy cannot')
  const stray = missing(after.inRootDirectory, before.inRootDirectory)
  if (stray.length > 0)
    line('files in /', `${stray.length} files of a database: ${stray.slice(0, 6).join(', ')} …`)
  const dots = after.paths.filter((path) => path.endsWith('/...'))
  if (dots.length > 0) line('directory', `${dots.join(', ')}: its name is three dots, from the braces of 1.1`)
  const changed = await changedSecrets(testHost, facts)
  if (changed.length > 0)
    line('secrets', `${changed.length} have another value in their containers: ${changed.join(', ')}`)
  const left = await filesLeftOut(testHost)
  if (left.length > 0) line('not copied', `${left.length} files, because of the * of 2.1: ${left.join(', ')}`)
  line('.env', `mode ${await testHost.must('stat -c %a /root/vivid_mas/.env')}`)
  const neighbours = Object.keys(facts.neighbours).filter((name) => !after.containers.includes(name))
  if (neighbours.length > 0) line('neighbours', `${neighbours.join(', ')}: stopped and removed`)
  const gone = missing(before.paths, after.paths).filter((path) => !path.endsWith('/...'))
  if (gone.length > 0) line("others' files", `gone: ${gone.join(', ')}`)
  const images = missing(before.images, after.images)
  if (images.length > 0) line('images', `gone: ${images.join(', ')}`)
}

/** The usual health indicators, and then the rows. */
export async function tellOfLive(
  testHost: TestHost,
  again?: { readonly done: readonly Done[]; readonly backup: number },
): Promise<void> {
  const lights = await lightsOf(testHost)
  if (again) {
    const zeros = again.done.filter(({ exitCode }) => exitCode === 0).length
    line('exit codes', `${zeros} of ${again.done.length} are 0`)
  }
  line('containers', `${lights[0] ?? 'none'}`)
  for (const light of lights.slice(1)) line('', light)
  const { rows, ofBackup, taken } = await liveOrders(testHost)
  line('orders', `${rows} rows: ${ofBackup} from the backup, ${taken} received since`)
  if (!again) return
  const neither = rows !== again.backup && rows !== taken
  line(
    '',
    neither
      ? `the backup has ${again.backup}; no table ever had ${rows} rows`
      : 'as many as the backup, or as were received since',
  )
}

function line(what: string, found: string): void {
  say(`  ${what.padEnd(14)} ${found}`)
}

function missing(from: readonly string[], now: readonly string[]): string[] {
  return from.filter((one) => !now.includes(one))
}
