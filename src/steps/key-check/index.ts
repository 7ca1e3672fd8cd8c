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
import { scratchOf } from '../shared/owner-label.ts'
import { dataAtRestBlockedOn } from '../shared/scratch-audit.ts'
import {
  serverEnvironment,
  serverFields,
  describeContainer,
  serverName,
  serverOf,
  containerNameProblem,
} from '../shared/postgres-server.ts'
import { checkKind, type Values } from '../step-kind.ts'

const MOST_TEXTS = 1000

const fields = {
  key: password.meta({ description: 'The key to try: ${{ secrets.NAME }}' }),
  query: sqlQuery.meta({
    description: `Gives the encrypted texts, one column of them; up to ${MOST_TEXTS} are tried`,
  }),
  database: databaseName.default('postgres').meta({ description: 'Where it is asked; postgres unless said' }),
  backup: absolutePath.optional().meta({
    description:
      'Asked in a scratch copy of this data directory, which nothing else uses; or a server that runs',
  }),
  image: imageName.optional().meta({
    description: "With backup: the image that serves the copy, of the backup's major version",
  }),
  ...serverFields,
}
type Step = Values<typeof fields>

const CHECK_SECONDS = 86_400

/**
 * Tries a key on what it has to open, before anything stands on it: texts as OpenSSL and n8n write them, AES-256-CBC with
 * a salt, whose key is made by MD5, around JSON. The key goes by environment; what is opened is neither kept nor told.
 */
export const keyCheck = checkKind({
  kind: 'key-check',
  summary: 'A key opens the encrypted texts that a backup, or a server, holds',
  fields,
  timeoutMinutes: 240,

  validate(step) {
    const { backup, image, container, project, service } = step
    if ((backup === undefined) !== (image === undefined)) return 'needs backup: and image: together'
    if (backup === undefined) return containerNameProblem(step)?.replace('either', 'either backup:,')
    return (container ?? project ?? service) === undefined
      ? undefined
      : 'needs either backup: or a server that runs, and not both'
  },
  describe: (step) => `try the key on what is encrypted in ${placeOf(step)}`,
  effects: (step) =>
    step.backup === undefined || step.image === undefined
      ? [{ how: 'reads', what: 'database', name: serverName(step) }]
      : [
          { how: 'reads', what: 'path', name: step.backup },
          { how: 'reads', what: 'image', name: step.image },
        ],

  async inspect(step, host) {
    if (!(await host.test(question(shellFile('key-check/inspect.sh')))))
      throw new StepRefused('the host has no openssl, which opens what is encrypted; install it')
    if (step.backup !== undefined && step.image !== undefined) {
      const blocked = await dataAtRestBlockedOn('postgres', { backup: step.backup, image: step.image }, host)
      if (blocked) return blocked
    }
    return {}
  },

  async verify(step, host) {
    // Line breaks in base64 mean nothing, and would end a text here.
    const query = `select regexp_replace(encrypted::text, '\\s', '', 'g')
from (
${step.query.trim().replace(/;$/, '')}
) as answer (encrypted) where encrypted is not null limit ${MOST_TEXTS}`
    const script = shellFile('key-check/verify.sh', {
      ...scratchOf(step.image ?? '', host),
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
    if (broken !== undefined) throw new StepNotVerified(`${placeOf(step)} cannot be asked: ${broken}`)
    const { texts, opened } = readFacts(stdout, { texts: amount, opened: amount })
    if (texts === 0)
      throw new StepNotVerified(
        `the query gave no encrypted text of ${placeOf(step)}, so the key was tried on nothing; check the query`,
      )
    if (opened < texts)
      throw new StepNotVerified(
        `the key opens ${opened} of ${countOf(texts, 'encrypted text')} in ${placeOf(step)}; ` +
          (opened === 0
            ? 'it is not the key that they were written with: find the one that the old stack ran with'
            : 'the others are damaged, or were written with another key'),
      )
    return {
      summary: `the key opens all ${countOf(texts, 'encrypted text')} in ${placeOf(step)}`,
      strength: 'observed',
      facts: { texts },
    }
  },
})

function placeOf(step: Step): string {
  return step.backup === undefined ? describeContainer(step) : `the backup ${step.backup}`
}
