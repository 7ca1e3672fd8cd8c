import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStage } from '../../testbed/run-stage.ts'
import { failureOf, openDecision, decide } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'

const CANARY = 'c4nary/Value+with=odd"chars$and spaces'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const PLAN = (secrets: string) => `
plan: canary
title: A secret on its way
hosts: [droplet]
secrets: { file: ${secrets}, require: [CANARY] }
phases:
  - phase: work
    steps:
      - step: used
        kind: command
        environment: { TOKEN: "\${{ secrets.CANARY }}" }
        script: |
          printf %s "$TOKEN" | sha256sum > /var/tmp/canary-sum
          sleep 2
        undo: rm -f /var/tmp/canary-sum
        verify: test -s /var/tmp/canary-sum
      - step: printed
        kind: command
        environment: { TOKEN: "\${{ secrets.CANARY }}" }
        script: |
          printf 'as it is: %s\\n' "$TOKEN" >&2
          printf %s "$TOKEN" | base64 >&2
          exit 7
        cannotUndo: it only prints
        noProof: it only prints
`

describe('a secret', () => {
  it('arrives in the command, and is in no history, log, receipt or argument list', async () => {
    const secrets = join(stage.folder, 'canary.env')
    await writeFile(secrets, `CANARY='${CANARY}'\n`, { mode: 0o600 })
    const run = await stage.start(await stage.plan('canary', PLAN(secrets)), { id: 'canary' })
    const argv: string[] = []
    const watch = setInterval(() => {
      void stage.droplet
        .exec('cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "')
        .then(({ stdout }) => argv.push(stdout))
    }, 300)
    const decision = await openDecision(run)
    clearInterval(watch)
    // What failed said the secret; what people are shown of it does not.
    expect(decision.shows.join('\n')).toContain('as it is: ‹secret›')
    const arrived = await stage.droplet.exec(
      `test "$(cat /var/tmp/canary-sum)" = "$(printf %s '${CANARY}' | sha256sum)"`,
    )
    expect(arrived.exitCode).toBe(0)
    await decide(run, decision, 'roll-back')
    await failureOf(run)

    const receipts = await stage.droplet.exec(
      'cd /var/lib/reinstate && grep -rlF -e "c4nary" . | grep -v "printed.*/err"',
    )
    expect(receipts.stdout).toBe('')
    expect(argv.length).toBeGreaterThan(2)
    const encoded = Buffer.from(CANARY).toString('base64')
    const places = { argv: argv.join('\n'), ...(await everything(join(stage.folder, 'home'))) }
    for (const [place, text] of Object.entries(places)) {
      for (const form of ['c4nary', encoded, encodeURIComponent(CANARY)]) {
        expect(text.includes(form), `${form} in ${place}`).toBe(false)
      }
    }
  })
})

/** Temporal's database with its write-ahead log, and all logs. */
async function everything(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  )
  expect(names.map(({ name }) => name)).toContain('temporal.db')
  const texts = names.map(async ({ name, parentPath }) => [
    name,
    (await readFile(join(parentPath, name))).toString('latin1'),
  ])
  return Object.fromEntries(await Promise.all(texts)) as Record<string, string>
}
