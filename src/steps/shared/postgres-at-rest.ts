import { z } from 'zod'
import { StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { amount, many, maybe, once, readFacts } from '../facts.ts'
import { formatBytes } from '../format.ts'
import { blockedOnMissing, type Blocked } from '../step-kind.ts'

interface Audit {
  readonly backup: string
  readonly image: string
  readonly volume?: string | undefined
}

/** Adding up the sizes of a tree of many files on a slow disk takes its time. */
const LOOK_SECONDS = 3600

/** All that decides whether the audit can be made, found in one exec. Sizes are in bytes. */
export async function inspectAudit({ backup, image, volume = '' }: Audit, host: HostView) {
  const script = shellFile('shared/postgres-at-rest.sh', { backup, image, volume })
  const output = await host.ask(question(script, { timeoutSeconds: LOOK_SECONDS }))
  return readFacts(output, {
    backup: maybe,
    backupProblem: maybe,
    backupVersion: maybe,
    volume: maybe,
    volumeProblem: maybe,
    usedBy: many,
    image: maybe,
    imageMajor: once,
    needed: z.array(z.string().regex(/^\d+$/).transform(Number)).default([]),
    free: amount,
  })
}

/**
 * What is to be made first, or undefined. @throws StepRefused where the backup is not clean or of another version than
 * the image, the volume is in use, or the copies do not fit.
 */
export function auditBlockedOn(
  step: Audit,
  found: Awaited<ReturnType<typeof inspectAudit>>,
): Blocked | undefined {
  if (!found.backup) return blockedOnMissing('path', step.backup, `the backup ${step.backup}`)
  refuseWhere(found.backupProblem, `the backup ${step.backup}`)
  if (!found.image) return blockedOnMissing('image', step.image, `the image ${step.image}`)
  if (found.imageMajor !== '' && found.backupVersion !== found.imageMajor) {
    throw new StepRefused(
      `the backup ${step.backup} is of PostgreSQL ${found.backupVersion}, the image ${step.image} serves ` +
        `${found.imageMajor}; name an image of the backup's version`,
    )
  }
  if (step.volume !== undefined && !found.volume)
    return blockedOnMissing('volume', step.volume, `volume ${step.volume}`)
  refuseWhere(found.volumeProblem, `volume ${step.volume}`)
  if (found.usedBy.length > 0) {
    throw new StepRefused(
      `volume ${step.volume} is used by container ${found.usedBy.join(', ')}; audit that container instead of the volume`,
    )
  }
  const needed = Math.ceil(found.needed.reduce((sum, bytes) => sum + bytes, 0) * 1.05)
  if (needed > found.free) {
    throw new StepRefused(
      `scratch copies for the audit need ${formatBytes(needed)} (with 5 % to spare), but ${formatBytes(found.free)} are free ` +
        "on the engine's disk; make room",
    )
  }
  return undefined
}

function refuseWhere(problem: string | undefined, what: string): void {
  if (problem) throw new StepRefused(`${what} ${problem}`)
}
