import { z } from 'zod'
import { StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { amount, many, maybe, once, readFacts } from '../facts.ts'
import { dataWords } from './postgres-scratch.ts'
import { inWords } from '../in-words.ts'
import { notThere, type Blocked } from '../step-kind.ts'

interface Audit {
  readonly backup: string
  readonly image: string
  readonly volume?: string | undefined
}

/** Adding up the sizes of a tree of many files on a slow disk takes its time. */
const LOOK_SECONDS = 3600

/** All that decides whether the audit can be made, found in one exec. Sizes are in bytes. */
export async function lookAtAudit(step: Audit, host: HostView) {
  const output = await host.ask(question(lookScript(step), { timeoutSeconds: LOOK_SECONDS }))
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
export function refuseAudit(
  step: Audit,
  found: Awaited<ReturnType<typeof lookAtAudit>>,
): Blocked | undefined {
  if (!found.backup) return notThere('path', step.backup, `the backup ${step.backup}`)
  refuseWhere(found.backupProblem, `the backup ${step.backup}`)
  if (!found.image) return notThere('image', step.image, `the image ${step.image}`)
  if (found.imageMajor !== '' && found.backupVersion !== found.imageMajor) {
    throw new StepRefused(
      `the backup ${step.backup} is of PostgreSQL ${found.backupVersion}, the image ${step.image} serves ` +
        `${found.imageMajor}; name an image of the backup's version`,
    )
  }
  if (step.volume !== undefined && !found.volume)
    return notThere('volume', step.volume, `volume ${step.volume}`)
  refuseWhere(found.volumeProblem, `volume ${step.volume}`)
  if (found.usedBy.length > 0) {
    throw new StepRefused(
      `volume ${step.volume} is used by container ${found.usedBy.join(', ')}; audit that container instead of the volume`,
    )
  }
  const needed = Math.ceil(found.needed.reduce((sum, bytes) => sum + bytes, 0) * 1.05)
  if (needed > found.free) {
    throw new StepRefused(
      `scratch copies for the audit need ${inWords(needed)} (with 5 % to spare), but ${inWords(found.free)} are free ` +
        "on the engine's disk; make room",
    )
  }
  return undefined
}

function refuseWhere(problem: string | undefined, what: string): void {
  if (problem) throw new StepRefused(`${what} ${problem}`)
}

function lookScript({ backup, image, volume }: Audit): Script {
  return lines(
    dataWords,
    sh`
set -u
image=${image} volume=${volume ?? ''}
docker info > /dev/null || exit
facts_of() {
  printf '%s=there\\n' "$1"
  find_data "$2"
  printf '%sProblem=%s\\n' "$1" "$problem"
  [ -z "$data" ] || printf '%sVersion=%s\\nneeded=%s\\n' "$1" "$(cat "$data/PG_VERSION")" "$(du -sB1 -- "$data" | cut -f 1)"
}
[ ! -d ${backup} ] || facts_of backup ${backup}
if [ -n "$volume" ] && at=$(docker volume inspect --format '{{.Mountpoint}}' "$volume" 2> /dev/null); then
  facts_of volume "$at"
  docker ps --filter "volume=$volume" --format 'usedBy={{.Names}}'
fi
env=$(docker image inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$image" 2> /dev/null) && echo image=there
printf 'imageMajor=%s\\n' "$(printf '%s\\n' "\${env:-}" | sed -n 's/^PG_MAJOR=//p')"
root=$(docker info --format '{{.DockerRootDir}}')
printf 'free=%s\\n' "$(df -B1 --output=avail -- "$root/volumes" | tail -n 1 | tr -d ' ')"`,
  )
}
