import { createHash } from 'node:crypto'
import { command, question } from '../shell/command.ts'
import { sh, written } from '../shell/script.ts'
import { boundHost } from './bound-host.ts'
import type { Machine } from './channel.ts'
import type { Binding } from './host.ts'
import { askHost, questionFailed } from './questions.ts'

/** What a run left on a host before its first change. The newest of a run counts: a reset run may have left two. */
export interface NotedRun {
  readonly runToken: string
  readonly json: string
  readonly since: Date
}

// No plan can name a phase so. What it leaves is kept and removed with the receipts of its run.
const STEP = { phase: 'run.noted', step: 'note', attempt: 1 } as const
const MOST_RUNS = 200
const MOST_BYTES = 1024 * 1024

/** Keeps a note as the journal entry of a command that does nothing: whole, durable, and once. */
export async function noteRun(machine: Machine, binding: Binding, json: string): Promise<void> {
  const sum = createHash('sha256').update(json).digest('hex').slice(0, 8)
  const host = boundHost(machine, { ...binding, ...STEP, journal: json }, { patienceSeconds: 60 })
  await host.run(`note-${sum}`, command(sh`:`, { timeoutSeconds: 60 }))
}

/** Whether a receipt is that of a note. */
export function isNote(token: string): boolean {
  return token.includes(`_${STEP.phase}_${STEP.step}_`)
}

/** The notes of the last 200 runs on this host, the newest first. */
export async function readNotes(machine: Machine, signal: AbortSignal): Promise<readonly NotedRun[]> {
  const asked = question(
    written(`
for note in $(ls -t ${machine.root}/runs/*_${STEP.phase}_${STEP.step}_*/journal.json 2>/dev/null | head -n ${MOST_RUNS}); do
  token=\${note%/journal.json}
  token=\${token##*/}
  printf '%s %s ' "$(stat -c %Y "$note")" "\${token%%_*}"
  if [ "$(stat -c %s "$note")" -le ${MOST_BYTES} ]; then cat "$note"; else echo too large; fi
  echo
done`),
  )
  const redact = (text: string) => text
  const reply = await askHost(machine, asked, { signal, redact })
  if (reply.exit !== '0') throw questionFailed(machine.name, 'which runs left a note', reply)
  return reply.stdout.split('\n').flatMap((line) => {
    const [, seconds, runToken, json] = /^(\d+) (\S+) (.*)$/.exec(line) ?? []
    if (seconds === undefined || runToken === undefined || json === undefined) return []
    return [{ runToken, json, since: new Date(Number(seconds) * 1000) }]
  })
}
