import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStage } from '../../testbed/run-stage.ts'
import { failureOf, openDecision, decide } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'

const CANARY = 'c4nary/Value+with=odd"chars$and spaces'
/** As programs write it; none of them may be seen anywhere but in the receipt of the command that printed it. */
const FORMS: Readonly<Record<string, string>> = {
  beginning: 'c4nary',
  json: JSON.stringify(CANARY).slice(1, -1),
  url: encodeURIComponent(CANARY),
  form: new URLSearchParams({ v: CANARY }).toString().slice(2),
  backslashed: CANARY.replace(/[^A-Za-z0-9_/+=]/g, '\\$&'),
  base64: Buffer.from(CANARY).toString('base64').slice(0, 40),
  'base64, one byte in': Buffer.from(`u${CANARY}`).toString('base64').slice(4, 44),
  'base64, two bytes in': Buffer.from(`us${CANARY}`).toString('base64').slice(4, 44),
}

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

/** `printed` writes every form, its second half a moment after the first. */
const PLAN = (secrets: string) =>
  String.raw`
plan: canary
title: A secret on its way
hosts: [server]
secrets: { file: ${secrets}, require: [CANARY] }
phases:
  - phase: work
    steps:
      - step: used
        kind: command
        environment: { TOKEN: "$\{{ secrets.CANARY }}" }
        script: |
          printf %s "$TOKEN" | sha256sum > /var/tmp/canary-sum
          sleep 2
        undo: rm -f /var/tmp/canary-sum
        verify: test -s /var/tmp/canary-sum
      - step: printed
        kind: command
        # The rule cannot tell functions of the shell from programs; here no program is started with it.
        allow: [{ rule: R015, because: halves is a function of the shell }]
        environment: { TOKEN: "$\{{ secrets.CANARY }}" }
        script: |
          halves() { printf '%s: %.13s' "$1" "$2"; sleep 0.7; printf '%s\n' "$2" | cut -c 14-; }
          as() { printf %s "$TOKEN" | sed "$1"; }
          halves raw "$TOKEN"
          halves json "$(as 's/"/\\"/g')"
          percent='s|/|%2F|g; s|+|%2B|g; s|=|%3D|g; s|"|%22|g; s|[$]|%24|g'
          halves url "$(as "$percent; s| |%20|g")"
          halves form "$(as "$percent; s| |+|g")"
          halves backslashed "$(as 's/[^A-Za-z0-9_/+=]/\\&/g')"
          halves base64 "$(printf %s "$TOKEN" | base64 -w 0)"
          halves shifted "$(printf 'u%s:rest' "$TOKEN" | base64 -w 0)"
          halves shifted "$(printf 'us%s:rest' "$TOKEN" | base64 -w 0)"
          echo folded:
          printf %s "$TOKEN" | base64 -w 20
          halves raw "$TOKEN" >&2
          exit 7
        cannotUndo: it only prints
        noProof: it only prints
`.replaceAll('$\\{{', '${{')

describe('a secret', () => {
  it('arrives in the command, and no form of it is in a history, heartbeat, log, report, receipt or argument list', async () => {
    const secrets = join(stage.folder, 'canary.env')
    await writeFile(secrets, `CANARY='${CANARY}'\n`, { mode: 0o600 })
    const run = await stage.start(await stage.plan('canary', PLAN(secrets)), { id: 'canary' })
    const argv: string[] = []
    const beats: string[] = []
    const watch = setInterval(() => {
      void stage.testHost
        .exec('cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "')
        .then(({ stdout }) => argv.push(stdout))
      void beatsOf('canary/work').then((some) => beats.push(...some))
    }, 300)
    const decision = await openDecision(run)
    clearInterval(watch)
    // What failed said the secret; what people are shown of it does not.
    expect(decision.shows.join('\n')).toContain('raw: ‹secret›')
    const arrived = 'test "$(cat /var/tmp/canary-sum)" = "$(printf %s "$CANARY" | sha256sum)"'
    await stage.testHost.must(arrived, { env: { CANARY } })
    const asked = await fromTheCli(['status', 'canary', '--json'], ['show', 'canary'], ['logs', 'canary'])
    await decide(run, decision, 'rollback')
    await failureOf(run)

    // It was printed in every form, or the search would prove nothing; and it lies there for root alone.
    const printed = await stage.testHost.must(
      'cd /var/lib/reinstate/runs/*_work_printed_1_*/ && stat -c %a . out err && cat out err',
    )
    for (const [name, form] of Object.entries(FORMS)) expect(printed, `${name} was printed`).toContain(form)
    expect(printed).toMatch(/^700\n600\n600\n/)

    const own = '*_work_printed_1_*'
    const receipts = await stage.testHost.exec(
      `tar -C /var/lib/reinstate --exclude='${own}/out' --exclude='${own}/err' -c .`,
    )
    expect(argv.length).toBeGreaterThan(2)
    expect(beats.length).toBeGreaterThan(0)
    const report = ['report', 'canary', '--out', join(stage.folder, 'home', 'report')]
    const places: Record<string, string> = {
      ...{ argv: argv.join('\n'), heartbeats: beats.join('\n'), receipts: receipts.stdout },
      ...{ question: JSON.stringify(decision), ...asked },
      ...(await fromTheCli(['show', 'canary', '--json'], ['logs', 'canary', '--json'], report)),
      ...(await everything(join(stage.folder, 'home'))),
    }
    for (const [place, text] of Object.entries(places)) {
      for (const [name, form] of Object.entries(FORMS)) {
        expect(text.includes(form), `${name} in ${place}`).toBe(false)
      }
    }
  })
})

/** The details of the heartbeats of what a workflow is doing. */
async function beatsOf(workflowId: string): Promise<string[]> {
  const description = await stage.client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => undefined)
  return (description?.raw.pendingActivities ?? []).flatMap(({ heartbeatDetails }) =>
    (heartbeatDetails?.payloads ?? []).map(({ data }) => Buffer.from(data ?? []).toString()),
  )
}

/** What commands print, by their words. */
async function fromTheCli(...commands: readonly (readonly string[])[]): Promise<Record<string, string>> {
  const printed: Record<string, string> = {}
  for (const words of commands) {
    const { exitCode, stdout, stderr } = await stage.cli(...words)
    expect(exitCode, `${words.join(' ')}: ${stderr}`).not.toBe(2)
    printed[words.join(' ')] = stdout + stderr
  }
  return printed
}

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
