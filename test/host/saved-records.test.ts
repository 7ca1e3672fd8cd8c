import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { command } from '../../src/shell/command.ts'
import { sh } from '../../src/shell/script.ts'
import { makeLocal } from '../../testbed/local.ts'
import type { Local } from '../../testbed/local.ts'
import { binding } from './binding.ts'

// What a run has left on a host outlives the version that wrote it: a rollback may read it months later. The file is never
// written anew; a version that changes the records adds one of its own. REINSTATE_SAVE_HISTORIES=1 writes a missing one.
const SAVED = packageFolder('test', 'histories', 'host-records', '0.2.json')
const RUN = 'run-saved'
const JOURNAL = '{"step":"database","priorState":{"version":1}}'
const NOTE = '{"plan":"shop"}'

interface SavedFile {
  readonly path: string
  readonly mode: number
  readonly base64: string
}

let local: Local
beforeEach(() => {
  local = makeLocal()
})
afterEach(() => local.remove())

/** Prints another line whenever it runs. */
const copy = () => command(sh`echo "copied at $(date +%s%N)"`)
const wrong = () => command(sh`echo "no space" >&2; exit 3`)
const bound = (step: string, attempt: 1 | 'undo-1' = 1) =>
  local.hosts().bind('here', binding({ runToken: RUN, step, attempt, journal: JOURNAL }))

/** Of a step that succeeded, of one that failed, and of one that was undone. */
async function makeRecords(): Promise<void> {
  await local.hosts().noteRun('here', binding({ runToken: RUN }), NOTE)
  await bound('copied').run('copy', copy())
  await bound('failed')
    .run('copy', wrong())
    .catch(() => undefined)
  await bound('undone').run('copy', copy())
  await bound('undone', 'undo-1').run('remove', copy())
  const undone = binding({ runToken: RUN, step: 'undone' })
  await local.hosts().markUndone('here', undone, undone.signal)
}

function recordsIn(root: string): readonly SavedFile[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.startsWith(`runs/${RUN}_`) && lstatSync(join(root, path)).isFile())
    .map((path) => ({
      path,
      mode: lstatSync(join(root, path)).mode & 0o777,
      base64: readFileSync(join(root, path)).toString('base64'),
    }))
}

function putBack(root: string): void {
  for (const { path, mode, base64 } of JSON.parse(readFileSync(SAVED, 'utf8')) as readonly SavedFile[]) {
    mkdirSync(dirname(join(root, path)), { recursive: true, mode: 0o700 })
    writeFileSync(join(root, path), Buffer.from(base64, 'base64'), { mode })
  }
}

it('records of version 0.2 are read: results are returned again, and no command is started again', async () => {
  if (process.env['REINSTATE_SAVE_HISTORIES'] && !existsSync(SAVED)) {
    await makeRecords()
    writeFileSync(SAVED, `${JSON.stringify(recordsIn(local.root), null, 1)}\n`)
    local.remove()
    local = makeLocal()
  }
  putBack(local.root)
  const hosts = local.hosts()
  const states = (await hosts.receipts('here', RUN)).map(({ token, state }) => `${token} ${state}`)
  expect(states).toEqual([
    `${RUN}_restore_copied_1_copy exited`,
    `${RUN}_restore_failed_1_copy exited`,
    `${RUN}_restore_undone_1_copy exited`,
    `${RUN}_restore_undone_undo-1_remove exited`,
    `${RUN}_run.noted_note_1_note-1caebe00 exited`,
  ])
  expect(await hosts.journal('here', RUN)).toContainEqual({
    token: `${RUN}_restore_copied_1_copy`,
    json: JOURNAL,
  })
  expect(await hosts.runNotes('here')).toMatchObject([{ runToken: RUN, json: NOTE }])

  // A command that ran again would print another time.
  const out = join(local.root, 'runs', `${RUN}_restore_copied_1_copy`, 'out')
  expect((await bound('copied').run('copy', copy())).stdout).toBe(readFileSync(out, 'utf8'))
  await expect(bound('failed').run('copy', wrong())).rejects.toMatchObject({ name: 'CommandFailed' })
  await expect(bound('undone').run('copy', copy())).rejects.toMatchObject({ name: 'OutcomeUnknown' })
})
