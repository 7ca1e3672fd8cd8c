import { StepNotVerified, StepRefused } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { imageName } from '../../fields/names.ts'
import { databaseName } from '../../fields/postgres.ts'
import { password } from '../../fields/secret.ts'
import { sqlQuery } from '../../fields/sql.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { amount, maybe, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import { dataAtRestBlockedOn } from '../shared/scratch-audit.ts'
import { scratchPostgresOf, serverOptions } from '../shared/scratch-options.ts'
import {
  serverEnvironment,
  serverFields,
  describeContainer,
  serverName,
  serverOf,
  containerNameProblem,
} from '../shared/postgres-server.ts'
import { checkKind, type Values } from '../step-kind.ts'

const MAX_TEXTS = 1000

const fields = {
  key: password.meta({ description: 'The key to try: ${{ secrets.NAME }}' }),
  query: sqlQuery.meta({
    description: `Returns the encrypted texts in one column; up to ${MAX_TEXTS} are tried`,
  }),
  database: databaseName
    .default('postgres')
    .meta({ description: 'The database to query. Default: postgres' }),
  backup: absolutePath.optional().meta({
    description: 'A data directory at rest, queried in a scratch copy; in place of a running server',
  }),
  image: imageName.optional().meta({
    description: "With backup: the image that serves the copy, with the backup's major version",
  }),
  options: serverOptions,
  ...serverFields,
}
type Step = Values<typeof fields>

const CHECK_SECONDS = 86_400

/**
 * Decrypts sample texts with a key: JSON in the format of OpenSSL and n8n, salted AES-256-CBC with an MD5-derived key. The
 * key is sent in the environment; decrypted text is neither stored nor printed.
 */
export const keyCheck = checkKind({
  kind: 'key-check',
  summary: 'A key decrypts the encrypted texts of a backup or a server',
  fields,
  timeoutMinutes: 240,

  validate(step) {
    const { backup, image, container, project, service } = step
    if ((backup === undefined) !== (image === undefined)) return 'needs backup: and image: together'
    if (backup === undefined) return containerNameProblem(step)?.replace('either', 'either backup:,')
    return (container ?? project ?? service) === undefined
      ? undefined
      : 'needs either backup: or a running server, not both'
  },
  describe: (step) => `decrypt the encrypted texts of ${placeOf(step)} with the key`,
  effects: (step) =>
    step.backup === undefined || step.image === undefined
      ? [{ how: 'reads', what: 'database', name: serverName(step) }]
      : [
          { how: 'reads', what: 'path', name: step.backup },
          { how: 'reads', what: 'image', name: step.image },
        ],

  async inspect(step, host) {
    if (!(await host.test(question(shellFile('key-check/inspect.sh')))))
      throw new StepRefused('the host has no openssl, which this step needs; install it')
    if (step.backup !== undefined && step.image !== undefined) {
      const blocked = await dataAtRestBlockedOn('postgres', { backup: step.backup, image: step.image }, host)
      if (blocked) return blocked
    }
    return {}
  },

  async verify(step, host) {
    // A line break in base64 has no meaning, and would end a text here.
    const query = `select regexp_replace(encrypted::text, '\\s', '', 'g')
from (
${step.query.trim().replace(/;$/, '')}
) as answer (encrypted) where encrypted is not null limit ${MAX_TEXTS}`
    const script = shellFile('key-check/verify.sh', {
      ...scratchPostgresOf({ image: step.image ?? '', options: step.options }, host),
      ...serverOf(step),
      ...{ query, database: step.database, backup: step.backup ?? '' },
    })
    const asked = question(script, {
      environment: { ...serverEnvironment(step), REINSTATE_KEY: step.key },
      timeoutSeconds: CHECK_SECONDS,
    })
    const { stdout } = await host.measure('try-key', asked)
    const { noServer, broken } = readFacts(stdout, { noServer: maybe, broken: maybe })
    if (noServer !== undefined) throw new StepNotVerified(noServer)
    if (broken !== undefined) throw new StepNotVerified(`${placeOf(step)} cannot be queried: ${broken}`)
    const { texts, opened } = readFacts(stdout, { texts: amount, opened: amount })
    if (texts === 0)
      throw new StepNotVerified(
        `the query returned no encrypted text of ${placeOf(step)}, so the key was not tried; check the query`,
      )
    if (opened < texts)
      throw new StepNotVerified(
        `the key decrypts ${opened} of ${countOf(texts, 'encrypted text')} in ${placeOf(step)}; ` +
          (opened === 0
            ? 'it is not the key that encrypted them: find the key of the old stack'
            : 'the others are damaged, or were encrypted with another key'),
      )
    return {
      summary: `the key decrypts all ${countOf(texts, 'encrypted text')} in ${placeOf(step)}`,
      strength: 'observed',
      facts: { texts },
    }
  },
})

function placeOf(step: Step): string {
  return step.backup === undefined ? describeContainer(step) : `the backup ${step.backup}`
}
