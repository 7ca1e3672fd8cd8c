import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { layGuestbook } from '../testbed/guestbook.ts'
import { onFixture } from './fixture.ts'
import type { Fixture, Wanted } from './fixture.ts'
import { say, show } from './say.ts'

const RUN = 'guestbook-demo'

/** Restores and cuts over a small broken stack, with one gate. Returns the CLI's exit code. */
export function guestbook(wanted: Wanted): Promise<number> {
  return onFixture({ ...wanted, name: 'demo', run: RUN }, (fixture) => play(fixture, wanted))
}

async function play({ testHost, folder, measure, reinstate }: Fixture, { yes }: Wanted): Promise<number> {
  say('\nA throw-away server with a broken guestbook, its backup, and a neighbour that must stay unchanged:')
  const facts = await measure('broken stack and backup', () => layGuestbook(testHost))
  const entries = 'curl -s http://127.0.0.1:8080/api/entries/summary'
  const health = 'curl -s http://127.0.0.1:8080/api/health'
  await show(testHost, `${health} -w ' (status %{http_code})'`, health)
  await show(testHost, entries)

  await writeFile(join(folder, 'guestbook.env'), `GUESTBOOK_PASSWORD=${facts.password}\n`, { mode: 0o600 })
  const inputs = {
    expected: `"sum": "${facts.sum}"`,
    database_image: facts.images.database,
    app_image: facts.images.app,
    web_image: facts.images.web,
  }
  const run = ['run', 'guestbook-restore', '--id', RUN, ...(yes ? ['--yes'] : [])]
  const given = Object.entries(inputs).flatMap(([name, value]) => ['--input', `${name}=${value}`])
  say(`\n$ reinstate ${run.join(' ')} --input …`)
  const code = await measure('restoration', () => reinstate(...run, ...given))

  say('\nThe answer to visitors now, and the neighbour:')
  await show(testHost, entries)
  await show(testHost, `docker ps --format '{{.Names}}: {{.Status}}'`, 'docker ps')
  return code
}
