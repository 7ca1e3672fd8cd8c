import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { duration } from '../../fields/duration.ts'
import { imageName } from '../../fields/names.ts'
import { question } from '../../shell/command.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { compareWithManifest, listsFilesOf, type Manifest } from './manifest.ts'
import { checkMariadb } from './mariadb.ts'
import { checkPostgres } from './postgres.ts'
import { gradeOf, inAge } from './grade.ts'
import { amount, many, maybe, once, readFacts } from '../facts.ts'
import { pathWords, refuseSymlink } from '../shared/symlink-guard.ts'
import { checkKind, notThere } from '../step-kind.ts'

const fields = {
  from: absolutePath.meta({ title: 'absolute path', description: 'The directory that holds the backup' }),
  manifest: absolutePath.optional().meta({
    title: 'absolute path',
    description:
      'A list as sha256sum writes it, that came with the backup: all of its files and no other, with these sums. With ' +
      'postgres: beside it, it is used where it is there and lists files of this backup',
  }),
  postgres: z.strictObject({ image: imageName }).optional().meta({
    title: 'postgres',
    description:
      'It is a data directory of PostgreSQL: { image } checks it in a scratch container without a network',
  }),
  mariadb: z.strictObject({ image: imageName }).optional().meta({
    title: 'mariadb',
    description:
      'It is a data directory of MariaDB: { image } checks that it was stopped cleanly, and the checksums of its tables',
  }),
  maxAge: duration.optional().meta({ title: 'duration', description: 'How old its newest file may be' }),
}

const AUDIT_SECONDS = 7 * 86_400
const LOOK_SECONDS = 3600

/** Says how far a backup can be trusted, before anything is made of it. It only looks. */
export const backupAudit = checkKind({
  kind: 'backup-audit',
  summary: 'A backup is graded: manifested, self-consistent or unproven; a damaged one is red',
  fields,
  traits: { gradesBackup: true },
  isAudit: true,
  timeoutMinutes: 240,
  usualSeconds: 5,

  objection({ manifest, postgres, mariadb }) {
    // Beside a manifest, PostgreSQL is the second best: it is for a backup that came without one.
    const given = Object.entries({ ...(postgres ? {} : { manifest }), postgres, mariadb }).filter(
      ([, value]) => value !== undefined,
    )
    if (given.length < 2) return undefined
    const names = given.map(([name]) => `${name}:`).join(' and ')
    return `has both ${names}; a step gives one grade, so use two steps`
  },
  describe(step) {
    const image = imageOf(step)
    return `audit the backup ${step.from} ${[step.manifest && `by ${step.manifest}`, image && `with ${image}`].filter(Boolean).join(', else ') || 'by its files alone'}`
  },
  effects: ({ from, manifest, ...step }) => [
    { how: 'reads', what: 'path', name: from },
    ...(manifest === undefined ? [] : [{ how: 'reads', what: 'path', name: manifest } as const]),
    ...imagesOf(step).map((name) => ({ how: 'reads', what: 'image', name }) as const),
  ],

  async inspect({ from, manifest, ...step }, host) {
    const output = await host.ask(
      question(
        lines(
          pathWords,
          sh`
for path in ${[from, ...(manifest === undefined ? [] : [manifest])]}; do
  printf 'symlink=%s\\n' "$(symlink_in "$path")"
  [ -e "$path" ] || [ "$path" = ${manifest !== undefined && step.postgres ? manifest : ''} ] || printf 'missing=%s\\n' "$path"
done
[ ! -e ${from} ] || [ -d ${from} ] || echo notDirectory=yes
if [ -d ${from} ]; then
  find ${from} -type f -printf '%s %T@\\n' | awk '
    { bytes += $1; if ($2 > newest) newest = $2 }
    END { printf "bytes=%.0f\\nnewest=%.0f\\n", bytes, int(newest) }'
fi
for image in ${imagesOf(step)}; do
  # An engine that does not answer has not said that the image is missing.
  docker info > /dev/null || exit
  env=$(docker image inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$image" 2> /dev/null) || { printf 'missingImage=%s\\n' "$image"; continue; }
  # The official images say it; others by where their programs lie.
  printf 'imageMajor=%s\\n' "$(printf '%s\\n' "$env" | sed -n 's/^PG_MAJOR=//p; s#^PATH=.*/postgresql/\\([0-9]*\\)/bin.*#\\1#p' | head -n 1)"
  [ ! -f ${from}/PG_VERSION ] || printf 'version=%s\\n' "$(head -n 1 ${from}/PG_VERSION)"
done`,
        ),
        { timeoutSeconds: LOOK_SECONDS },
      ),
    )
    const found = readFacts(output, {
      ...{
        symlink: many,
        missing: many,
        missingImage: maybe,
        notDirectory: maybe,
        version: maybe,
        imageMajor: maybe,
      },
      ...{ bytes: amount.optional(), newest: amount.optional() },
    })
    ;[from, manifest ?? ''].forEach((path, index) => refuseSymlink(path, found.symlink[index]))
    if (found.notDirectory) throw new StepRefused(`the backup ${from} is not a directory`)
    const { version, imageMajor } = found
    if (step.postgres && version && imageMajor && version !== imageMajor) {
      throw new StepRefused(
        `the backup ${from} is of PostgreSQL ${version}, and the image ${step.postgres.image} is ${imageMajor}; ` +
          `name an image of ${version}: another major version does not start on these files`,
      )
    }
    const [missing] = found.missing
    if (missing !== undefined) return notThere('path', missing, missing)
    if (found.missingImage !== undefined)
      return notThere('image', found.missingImage, `the image ${found.missingImage}`)
    const { bytes: readsBytes = 0, newest = 0 } = found
    return {
      readsBytes,
      ...(newest > 0 && {
        backup: {
          path: from,
          newestAt: new Date(newest * 1000).toISOString(),
          gradeAtBest: manifest !== undefined ? 'manifested' : step.postgres ? 'self-consistent' : 'unproven',
        },
      }),
    }
  },

  /** Reads each file once. @throws StepNotVerified naming the damaged file, or the file and the block of a relation. */
  async verify(step, host) {
    const { from, manifest, postgres, mariadb, maxAge } = step
    const script = lines(
      pathWords,
      sh`
set -u
export LC_ALL=C
from=${from}
no_symlink_in "$from"
[ -d "$from" ] || fail "the backup $from is not there any more"
printf 'now=%s\\n' "$(date +%s)"
find "$from" \\( -type f -printf 'f %s %T@\\n' \\) -o \\( ! -type d -printf 'o\\n' \\) | awk '
  $1 == "f" { files++; bytes += $2; if ($3 > newest) newest = $3 }
  $1 == "o" { others++ }
  END { printf "files=%.0f\\nbytes=%.0f\\nnewest=%.0f\\nothers=%.0f\\n", files, bytes, int(newest), others }'`,
      ...(manifest === undefined ? [] : [sumsWords({ from, manifest, isWanted: !postgres })]),
      ...(postgres ? [apart(checkPostgres({ from, image: postgres.image }, host))] : []),
      ...(mariadb ? [checkMariadb({ from, image: mariadb.image }, host)] : []),
    )
    const { stdout } = await host.measure('audit', question(script, { timeoutSeconds: AUDIT_SECONDS }))
    const found = readFacts(stdout, {
      ...{ now: amount, files: amount, bytes: amount, newest: amount, others: amount, wrong: many },
      ...{
        manifested: maybe,
        outside: maybe,
        version: maybe,
        pageChecksums: maybe,
        pages: maybe,
        pagedFiles: once.optional(),
      },
    })
    if (found.wrong.length > 0) throw new StepNotVerified(`the backup ${from} is damaged`, found.wrong)
    if (found.files === 0) throw new StepNotVerified(`the backup ${from} holds no file`)
    const ageSeconds = Math.max(0, found.now - found.newest)
    if (maxAge !== undefined && ageSeconds > maxAge) {
      throw new StepNotVerified(
        `the newest file of the backup ${from} is ${inAge(ageSeconds)} old, more than ${inAge(maxAge)}`,
      )
    }
    const { grade, strength, what, notProven } = gradeOf(
      { ...step, manifest: found.manifested && manifest },
      found,
    )
    return {
      summary: `${grade}: ${what}; its newest file is ${inAge(ageSeconds)} old; not proven: ${notProven}`,
      strength,
      facts: { grade, ageSeconds, files: found.files, bytes: found.bytes },
    }
  },
})

interface Images {
  readonly postgres?: { readonly image: string } | undefined
  readonly mariadb?: { readonly image: string } | undefined
}

function imageOf({ postgres, mariadb }: Images): string | undefined {
  return (postgres ?? mariadb)?.image
}

function imagesOf(step: Images): readonly string[] {
  const image = imageOf(step)
  return image === undefined ? [] : [image]
}

/** Compares with the manifest; where it is not wanted come what may, only if it is there and lists files of this backup. */
function sumsWords({ isWanted, ...of }: Manifest & { readonly isWanted: boolean }): Script {
  const compare = lines(sh`echo manifested=yes`, apart(compareWithManifest(of)))
  return isWanted
    ? compare
    : sh`if ${listsFilesOf(of)}; then
${compare}
fi`
}

/** Each part cleans up after itself, and may end early. */
function apart(script: Script): Script {
  return sh`(
${script}
) || exit`
}
