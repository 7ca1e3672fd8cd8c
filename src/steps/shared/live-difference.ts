import { z } from 'zod'
import { absolutePath } from '../../fields/absolute-path.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { amount, once, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'

/** The field for the place that serves now. Also an anonymous volume: nothing is written to it. */
export const livePlace = z
  .union([z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/), absolutePath], {
    error: 'must be a volume or an absolute path',
  })
  .meta({ title: 'volume or path', description: 'The volume or directory that serves now' })

const found = {
  live: once,
  more: amount.default(0),
  changed: amount.default(0),
  newest: amount.default(0),
  backupNewest: amount.default(0),
}

/** A directory with what a backup holds, and the volume or path that serves now. */
interface Restored {
  readonly from: string
  readonly live?: string | undefined
}

/**
 * Says what the live places have that the backup lacks, in files; the approver of a cutover accepts this difference. Empty
 * where no member names its live place. It takes a minute at most per member, and is no comparison of contents.
 */
export async function differencesFromLive(
  members: readonly Restored[],
  host: HostView,
): Promise<readonly string[]> {
  const lines: string[] = []
  for (const { from, live } of members) {
    if (live === undefined) continue
    const script = shellFile('shared/live-difference.sh', { from, ...livePlaceOf(live) })
    const facts = readFacts(await host.ask(question(script, { timeoutSeconds: 120 })), found)
    lines.push(`the live ${live} ${differenceOf(facts)}`)
  }
  return lines
}

/** The place that serves now as variables of a script: one of them is empty, or both where there is none. */
export function livePlaceOf(live: string | undefined): { live_volume: string; live_path: string } {
  const isPath = live?.startsWith('/') === true
  return { live_volume: isPath ? '' : (live ?? ''), live_path: isPath ? (live ?? '') : '' }
}

function differenceOf({
  live,
  more,
  changed,
  newest,
  backupNewest,
}: Record<'more' | 'changed' | 'newest' | 'backupNewest', number> & { readonly live: string }): string {
  if (live === 'absent') return 'is not there'
  if (live === 'over') return 'was not counted: it has too many files'
  const times = `newest change ${timeOf(newest)}, of the backup ${timeOf(backupNewest)}`
  return more + changed === 0
    ? `has no file that the backup lacks; ${times}`
    : `has ${countOf(more, 'file')} that the backup lacks and ${changed} newer or of another size; ${times}`
}

function timeOf(seconds: number): string {
  return seconds === 0 ? 'none' : new Date(seconds * 1000).toISOString().replace(/:\d\d\.\d+Z$/, 'Z')
}
