import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import type { HostView, Progress } from '../../host/host.ts'
import { question, type Question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { amount, many, maybe, once, readFacts } from '../facts.ts'
import { formatBytes } from '../format.ts'
import { describeRestored, restoredPlace } from './restored-place.ts'
import { blockedOnMissing, type Blocked, aboutContent } from '../step-kind.ts'

interface DataAtRest {
  readonly backup: string
  readonly image: string
  readonly volume?: string | undefined
  readonly path?: string | undefined
}

const AT_REST = {
  postgres: 'shared/postgres-at-rest.sh',
  mariadb: 'shared/mariadb-at-rest.sh',
  redis: 'shared/redis-at-rest.sh',
}

/** Adding up the sizes of many files on a slow disk takes long. */
const INSPECT_SECONDS = 3600

/**
 * Checks that a backup, and a restored volume or path where one is named, can be served from scratch copies. Returns what an earlier step
 * must create first, or undefined. @throws StepRefused where the data was not shut down cleanly or has another version than
 * the image, the volume is in use, or the copies do not fit; never retried.
 */
export async function dataAtRestBlockedOn(
  database: keyof typeof AT_REST,
  { backup, image, ...named }: DataAtRest,
  host: HostView,
): Promise<Blocked | undefined> {
  const place = restoredPlace(named)
  const restored = describeRestored(named)
  const script = shellFile(AT_REST[database], { backup, image, restored: place?.name ?? '' })
  const output = await host.ask(question(script, { timeoutSeconds: INSPECT_SECONDS }))
  const found = readFacts(output, {
    ...{ backup: maybe, backupProblem: maybe, backupVersion: maybe },
    ...{ restored: maybe, restoredProblem: maybe, usedBy: many },
    ...{ image: maybe, imageMajor: once, free: amount },
    needed: z.array(z.string().regex(/^\d+$/).transform(Number)).default([]),
  })
  if (!found.backup) return blockedOnMissing('path', backup, `the backup ${backup}`)
  refuseWhere(found.backupProblem, `the backup ${backup}`, aboutContent(backup))
  if (!found.image) return blockedOnMissing('image', image, `the image ${image}`)
  if (found.imageMajor !== '' && found.backupVersion !== found.imageMajor) {
    throw new StepRefused(
      `the backup ${backup} is of PostgreSQL ${found.backupVersion}, the image ${image} serves ` +
        `${found.imageMajor}; name an image of the backup's version`,
      { isOfPlan: true },
    )
  }
  if (place && !found.restored) return blockedOnMissing(place.what, place.name, restored)
  refuseWhere(found.restoredProblem, restored, {
    about: place ? [{ how: 'deletes', what: place.what, name: place.name }] : [],
  })
  if (found.usedBy.length > 0) {
    throw new StepRefused(
      `${restored} is used by container ${found.usedBy.join(', ')}; stop it` +
        (database === 'postgres' ? ', or audit that container instead' : ' first'),
    )
  }
  const needed = Math.ceil(found.needed.reduce((sum, bytes) => sum + bytes, 0) * 1.05)
  if (needed > found.free) {
    throw new StepRefused(
      `scratch copies for the audit need ${formatBytes(needed)} (5 % to spare); the engine's disk has ` +
        `${formatBytes(found.free)} free. Free some space`,
    )
  }
  return undefined
}

function refuseWhere(
  problem: string | undefined,
  what: string,
  about: ReturnType<typeof aboutContent>,
): void {
  if (problem) throw new StepRefused(`${what} ${problem}`, about)
}

/**
 * Measures with a script that compares two sides and ends with `broken=SIDE|REASON` for one that it cannot read. Returns its
 * output. @throws StepNotVerified for such a side, called by its name; never retried.
 */
export async function compareSides(
  host: HostView,
  asked: {
    readonly name: string
    readonly question: Question
    readonly backup: string
    readonly other: string
  },
): Promise<string> {
  const { stdout } = await host.measure(asked.name, asked.question, auditProgress)
  const { broken } = readFacts(stdout, { broken: maybe })
  if (broken !== undefined) throw new StepNotVerified(unreadableSide(broken, asked.backup, asked.other))
  return stdout
}

/** Parses a line `progress=TEXT` of an audit. */
export function auditProgress(line: string): Progress | undefined {
  const [, text] = /^progress=(.+)$/.exec(line) ?? []
  return text === undefined ? undefined : { text }
}

/** The error for `SIDE|REASON`, which scratch-servers.sh prints for a side that it cannot read. */
export function unreadableSide(broken: string, backup: string, other: string): string {
  const [side = '', reason = ''] = broken.split(/\|(.*)/s)
  return `${side === 'backup' ? `the backup ${backup}` : other} cannot be read: ${reason || 'no reason was printed'}`
}
