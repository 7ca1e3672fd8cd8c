import { createHash } from 'node:crypto'
import { command, question } from '../shell/command.ts'
import { sh } from '../shell/script.ts'
import { shellFile } from '../shell/shell-file.ts'
import { boundHost } from './bound-host.ts'
import type { Machine } from './channel.ts'
import type { Binding } from './host.ts'
import { askHost, questionFailed } from './questions.ts'

/** The note that a run left on a host before its first change. A reset run may have left two; the newest counts. */
export interface NotedRun {
  readonly runToken: string
  readonly json: string
  readonly since: Date
}

// The receipt of a command that no plan can contain. It is kept and removed with the other receipts of its run.
const STEP = { phase: 'run.noted', step: 'note', attempt: 1 } as const
const LIMIT_RUNS = 200
const LIMIT_BYTES = 1024 * 1024

/** Writes a note as the journal entry of a command that does nothing: complete, durable and idempotent. */
export async function noteRun(machine: Machine, binding: Binding, json: string): Promise<void> {
  const sum = createHash('sha256').update(json).digest('hex').slice(0, 8)
  const host = boundHost(machine, { ...binding, ...STEP, journal: json }, { patienceSeconds: 60 })
  await host.run(`note-${sum}`, command(sh`:`, { timeoutSeconds: 60 }))
}

/** Whether a receipt belongs to a note. */
export function isNote(token: string): boolean {
  return token.includes(`_${STEP.phase}_${STEP.step}_`)
}

/** Returns the notes of the last 200 runs on this host, newest first. */
export async function readNotes(machine: Machine, signal: AbortSignal): Promise<readonly NotedRun[]> {
  const asked = question(
    shellFile('../host/list-notes.sh', {
      ...{ receipts: `${machine.root}/runs`, of: `_${STEP.phase}_${STEP.step}_` },
      ...{ limit_runs: LIMIT_RUNS, limit_bytes: LIMIT_BYTES },
    }),
  )
  const redact = (text: string) => text
  const reply = await askHost(machine, asked, { signal, redact })
  if (reply.exit !== '0') throw questionFailed(machine.name, 'the notes of runs', reply)
  return reply.stdout.split('\n').flatMap((line) => {
    const [, seconds, runToken, json] = /^(\d+) (\S+) (.*)$/.exec(line) ?? []
    if (seconds === undefined || runToken === undefined || json === undefined) return []
    return [{ runToken, json, since: new Date(Number(seconds) * 1000) }]
  })
}
