import type { Deletion } from '../steps/step-kind.ts'
import type { Approved } from './messages.ts'

/**
 * What a step would do without approval, one line each. A gate opens once, and its phase may last for days: people
 * were not shown what appeared since. Doing less than was approved is allowed.
 */
export function approvalViolations(
  now: { readonly lines: readonly string[]; readonly deletions: readonly Deletion[] },
  approved: Approved,
): readonly string[] {
  const lines = approved.lines
  return [
    ...(lines ? now.lines.filter((line) => !lines.includes(line)) : []),
    ...(approved.deletions ? moreThan(approved.deletions, now.deletions) : []),
  ]
}

function moreThan(approved: readonly Deletion[], deletions: readonly Deletion[]): readonly string[] {
  const shown = new Map(approved.map((one) => [one.name, one]))
  return deletions.flatMap((now) => {
    const then = shown.get(now.name)
    if (!then) return [`it deletes ${now.name}, which was not there`]
    if (now.entries <= then.entries && now.bytes <= then.bytes) return []
    return [`${now.name} has ${held(now)}, which were ${held(then)}`]
  })
}

function held({ entries, bytes }: Deletion): string {
  return `${entries} entries with ${bytes} bytes`
}
