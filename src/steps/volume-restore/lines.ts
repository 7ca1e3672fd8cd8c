import type { Progress } from '../../host/host.ts'
import { countOf } from '../format.ts'
import { calledOf } from './members.ts'
import type { FoundMember } from './inspect.ts'
import { formatBytes } from '../format.ts'

interface How {
  readonly prestage: boolean
  readonly finalize?: string | undefined
}

/** What a restore would do. How much a source holds that is still in use moves by itself: that is shown, and not approved. */
export function linesOf(found: readonly FoundMember[], { prestage, finalize }: How) {
  if (finalize !== undefined) {
    const since = (from: string) => `what has changed in ${from} since it was prestaged`
    return { changes: found.map(({ member }) => `copies to ${calledOf(member)} ${since(member.from)}`) }
  }
  const amountOf = ({ files, bytes }: FoundMember) => `${countOf(files, 'file')}, ${formatBytes(bytes)}`
  return {
    changes: found.flatMap((one) => [
      `makes ${calledOf(one.member)}`,
      `copies ${prestage ? 'what is there' : `${amountOf(one)},`} from ${one.member.from}`,
    ]),
    ...(prestage && { notes: found.map((one) => `for now ${amountOf(one)}, in ${one.member.from}`) }),
  }
}

/** Reads what rsync prints with --info=progress2: `  1,234,567  45%  100.00MB/s    0:00:12`. */
export function copyProgress(line: string, totalBytes: number, before = 0): Progress | undefined {
  const [, done, hours, minutes, seconds] =
    /^\s*([\d,.]+)\s+\d+%\s+\S+\s+(\d+):(\d\d):(\d\d)/.exec(line) ?? []
  if (done === undefined) return undefined
  const doneBytes = before + Number(done.replace(/[,.]/g, ''))
  return {
    text: `copied ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`,
    doneBytes,
    totalBytes,
    secondsLeft: Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds),
  }
}
