import { join } from 'node:path'
import { writingClient } from '../testbed/vividwalls-client.ts'
import { layVividwalls, VIVIDWALLS_PORTS } from '../testbed/vividwalls.ts'
import { vividwallsInputs } from '../testbed/vividwalls-inputs.ts'
import { runAnsweringAll } from './answer-all.ts'
import { onFixture } from './fixture.ts'
import type { Fixture, Wanted } from './fixture.ts'
import { say } from './say.ts'
import { tellOfBroken, tellOfData, tellOfNeighbours, tellOfWrites } from './vividwalls-summary.ts'

const RUN = 'vividwalls-demo'
const LOCAL = '  local: { local: true }\n'

/** Restores the broken VividWalls and cuts over while a client writes. Returns the CLI's exit code. */
export function vividwalls(wanted: Wanted): Promise<number> {
  const options = { ...wanted, name: 'demo', run: RUN, ports: VIVIDWALLS_PORTS, hosts: LOCAL }
  return onFixture(options, (fixture) => play(fixture, wanted))
}

async function play(fixture: Fixture, { yes, keep }: Wanted): Promise<number> {
  const { testHost, folder, measure, reinstate } = fixture
  say(
    '\nA throw-away server with the broken VividWalls, its backups, and two neighbours that must stay unchanged. The restoration takes about 90 seconds.',
  )
  const facts = await measure('broken stack and backups', () => layVividwalls(testHost))
  await tellOfBroken(testHost, facts)

  say('From now on a client writes orders to it, one after the other, without pause.')
  const client = writingClient(testHost, `${facts.urls.n8n}/webhook/orders`, {
    atMost: { writes: 1_000_000, seconds: 7200 },
  })
  const given = Object.entries(await vividwallsInputs(folder, facts)).flatMap(([name, value]) => [
    '--input',
    `${name}=${value}`,
  ])
  say(`\n$ reinstate run vividwalls-restore --id ${RUN} --input …`)
  const words = ['vividwalls-restore', ...given]
  const code = await measure('restoration', () =>
    yes ? runAnsweringAll(fixture, RUN, words) : reinstate('run', ...words, '--id', RUN),
  )
  const writes = await client.stop()

  const restored = { facts, run: RUN, writes }
  await tellOfData(testHost, restored)
  await tellOfNeighbours(testHost, facts)
  await tellOfWrites(testHost, restored)
  const reports = join(process.cwd(), 'reports')
  await fixture.ask('report', RUN, '--out', reports)
  say(
    [
      `\nThe report: ${reports}/${RUN}.html, with ${RUN}.md and ${RUN}.svg`,
      ...(keep
        ? []
        : [
            '\nWith --keep everything stays: inspect it with reinstate show, or undo it with reinstate rollback.',
          ]),
    ].join('\n'),
  )
  return code
}
