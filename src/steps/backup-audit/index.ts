import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { duration } from '../../fields/duration.ts'
import { imageName } from '../../fields/names.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { gradeOf, formatAge } from './grade.ts'
import { amount, many, maybe, readFacts } from '../facts.ts'
import { proofFacts, proofScript } from '../shared/backup-proof.ts'
import { refuseSymlink } from '../shared/symlink-guard.ts'
import { checkKind, blockedOnMissing, aboutPath } from '../step-kind.ts'

const fields = {
  from: absolutePath.meta({ title: 'absolute path', description: 'The directory that holds the backup' }),
  manifest: absolutePath.optional().meta({
    title: 'absolute path',
    description:
      'A list in the format of sha256sum that came with the backup. The backup must hold exactly these files. With ' +
      'postgres: it is optional, and used if it exists and lists files of this backup',
  }),
  postgres: z.strictObject({ image: imageName }).optional().meta({
    title: 'postgres',
    description:
      'For a data directory of PostgreSQL: { image } checks it in a scratch container without network',
  }),
  mariadb: z.strictObject({ image: imageName }).optional().meta({
    title: 'mariadb',
    description:
      'For a data directory of MariaDB: { image } checks that it was stopped cleanly, and the checksums of its tables',
  }),
  maxAge: duration.optional().meta({ title: 'duration', description: 'Maximum age of its newest file' }),
}

const AUDIT_SECONDS = 7 * 86_400
const INSPECT_SECONDS = 3600

/** Grades how far a backup can be trusted. Changes nothing. */
export const backupAudit = checkKind({
  kind: 'backup-audit',
  summary: 'A backup is graded manifested, self-consistent or unproven; a damaged one fails the step',
  fields,
  traits: { gradesBackup: true },
  isAudit: true,
  timeoutMinutes: 240,
  usualSeconds: 5,

  validate({ manifest, postgres, mariadb }) {
    // With both, PostgreSQL is the fallback for a backup that came without its manifest.
    const given = Object.entries({ ...(postgres ? {} : { manifest }), postgres, mariadb }).filter(
      ([, value]) => value !== undefined,
    )
    if (given.length < 2) return undefined
    const names = given.map(([name]) => `${name}:`).join(' and ')
    return `has both ${names}; a step gives one grade: use two steps`
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
    const script = shellFile('backup-audit/inspect.sh', {
      ...{ from, manifest: manifest ?? '', image: imageOf(step) ?? '' },
      optional: manifest !== undefined && step.postgres ? manifest : '',
    })
    const output = await host.ask(question(script, { timeoutSeconds: INSPECT_SECONDS }))
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
    if (found.notDirectory) throw new StepRefused(`the backup ${from} is not a directory`, aboutPath(from))
    const { version, imageMajor } = found
    if (step.postgres && version && imageMajor && version !== imageMajor) {
      throw new StepRefused(
        `the backup ${from} is of PostgreSQL ${version}, and the image ${step.postgres.image} is ${imageMajor}; ` +
          `use an image of ${version}: another major version does not start on these files`,
        { isOfPlan: true },
      )
    }
    const [missing] = found.missing
    if (missing !== undefined) return blockedOnMissing('path', missing, missing)
    if (found.missingImage !== undefined)
      return blockedOnMissing('image', found.missingImage, `the image ${found.missingImage}`)
    const { bytes: readsBytes = 0, newest = 0 } = found
    return {
      readsBytes,
      ...(newest > 0 && {
        backup: {
          path: from,
          newestAt: new Date(newest * 1000).toISOString(),
          gradeAtBest:
            manifest !== undefined
              ? 'manifested'
              : imageOf(step) !== undefined
                ? 'self-consistent'
                : 'unproven',
        },
      }),
    }
  },

  /** Reads each file once. @throws StepNotVerified naming the damaged file, or the file and the block of a relation. */
  async verify(step, host) {
    const { from, manifest, maxAge } = step
    const script = proofScript({ ...step, isManifestWanted: !step.postgres }, host)
    const { stdout } = await host.measure('audit', question(script, { timeoutSeconds: AUDIT_SECONDS }))
    const found = readFacts(stdout, proofFacts)
    if (found.wrong.length > 0) throw new StepNotVerified(`the backup ${from} is damaged`, found.wrong)
    if (found.files === 0) throw new StepNotVerified(`the backup ${from} holds no file`)
    const ageSeconds = Math.max(0, found.now - found.newest)
    if (maxAge !== undefined && ageSeconds > maxAge) {
      throw new StepNotVerified(
        `the newest file of the backup ${from} is ${formatAge(ageSeconds)} old, more than ${formatAge(maxAge)}`,
      )
    }
    const { grade, strength, what, notProven } = gradeOf(
      { ...step, manifest: found.manifested && manifest },
      found,
    )
    return {
      summary: `${grade}: ${what}; its newest file is ${formatAge(ageSeconds)} old; not proven: ${notProven}`,
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
