import { join } from 'node:path'
import { carryOutAsWritten, onceMoreAsWritten } from '../testbed/as-written.ts'
import type { Done } from '../testbed/as-written.ts'
import { conditionOf } from '../testbed/as-written-damage.ts'
import { vividwallsInputs } from '../testbed/vividwalls-inputs.ts'
import { ordersIn, ordersInBackup } from '../testbed/vividwalls-orders.ts'
import { layVividwalls, VIVIDWALLS_PORTS } from '../testbed/vividwalls.ts'
import type { VividwallsFacts } from '../testbed/vividwalls.ts'
import { runAnsweringAll } from './answer-all.ts'
import { tellOfDamage, tellOfLive } from './as-written-summary.ts'
import { onFixture } from './fixture.ts'
import type { Fixture, Wanted } from './fixture.ts'
import { say } from './say.ts'

const RUN = 'after-the-damage'
const LOCAL = '  local: { local: true }\n'

const LOUD = `
==============================================================================
 THESE COMMANDS DESTROY DATA. Do not type them anywhere. They are the commands of
 the source plan, verbatim. They run only on a server that was just made for this
 demo, a container: before each command the demo reads back a secret that only
 that container has.
==============================================================================
`

/** Runs the source document's commands, shows their effects, and restores the stack. Returns the CLI's exit code. */
export function asWritten(wanted: Wanted): Promise<number> {
  const options = { ...wanted, name: 'as-written', run: RUN, ports: VIVIDWALLS_PORTS, hosts: LOCAL }
  return onFixture(options, (fixture) => play(fixture, wanted))
}

async function play(fixture: Fixture, { yes }: Wanted): Promise<number> {
  const { testHost, folder, measure, reinstate } = fixture
  const facts = await measure('broken stack and backups', () => layVividwalls(testHost))
  const backup = await ordersInBackup(testHost, facts.backup.n8nVolume)
  say(LOUD)
  say(`The server is the container ${testHost.name}. Its backup holds ${backup.rows} orders.\n`)

  const before = await conditionOf(testHost)
  const done = await measure('as written, 1.1 to 4.6', () => carryOutAsWritten(testHost, facts, tell))
  say('\nEvery row was carried out. The result, measured:\n')
  await tellOfDamage(testHost, { facts, before, done })
  await tellOfLive(testHost)

  say(
    '\nThe shop takes orders. Then somebody finds the empty variable, corrects it, and repeats 2.2 and 2.3:\n',
  )
  const again = await measure('as written, once more', () => onceMoreAsWritten(testHost, tell))
  say('')
  await tellOfLive(testHost, { done: again, backup: backup.rows })

  say('\nThe backup is unchanged. The same stack, restored with reinstate:\n')
  const given = await inputsFor(folder, facts)
  say(`$ reinstate run vividwalls-restore --id ${RUN} --input …`)
  const words = ['vividwalls-restore', ...given]
  const code = await measure('restoration', () =>
    yes ? runAnsweringAll(fixture, RUN, words) : reinstate('run', ...words, '--id', RUN),
  )
  const now = await ordersIn(testHost, `vividwalls_n8n_db_${RUN}`).catch(() => undefined)
  const equal = now?.sum === backup.sum ? 'equal' : 'NOT EQUAL'
  say(
    [
      '\nOrders, queried from the databases now',
      `  backup  ${backup.rows}, sum ${backup.sum}`,
      `  live    ${now ? `${now.rows}, sum ${now.sum}: ${equal}` : 'not restored'}`,
      '',
      'A restore does not repair what the commands did elsewhere: the mode of /, the files in it, the containers',
      'and files of the neighbours, the images.',
    ].join('\n'),
  )
  const reports = join(process.cwd(), 'reports')
  await fixture.ask('report', RUN, '--out', reports)
  say(`The report: ${reports}/${RUN}.html`)
  return code
}

async function inputsFor(folder: string, facts: VividwallsFacts): Promise<string[]> {
  const inputs = await vividwallsInputs(folder, facts)
  return Object.entries(inputs).flatMap(([name, value]) => ['--input', `${name}=${value}`])
}

function tell({ row, command, shown = command, exitCode, stderr }: Done): void {
  const [last = ''] = stderr.trim().split('\n').slice(-1)
  say(`  ${row}  ${shown}`)
  say(`       exit ${exitCode}${exitCode === 0 ? '' : `: ${last.slice(0, 160)}`}`)
}
