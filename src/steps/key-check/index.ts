import { z } from 'zod'
import { StepNotVerified, StepRefused } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { variableName } from '../../fields/environment.ts'
import { line } from '../../fields/line.ts'
import { imageName, serviceName } from '../../fields/names.ts'
import { databaseName } from '../../fields/postgres.ts'
import { relativePath } from '../../fields/relative-path.ts'
import { password } from '../../fields/secret.ts'
import { sqlQuery } from '../../fields/sql.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { lines, Script } from '../../shell/script.ts'
import { shellFile, textFile } from '../../shell/shell-file.ts'
import { amount, maybe, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import { composeVariables, filesOf, projectFileFields } from '../shared/compose-project.ts'
import {
  serverEnvironment,
  serverFields,
  describeContainer,
  serverName,
  serverOf,
  containerNameProblem,
} from '../shared/postgres-server.ts'
import { auditProgress, dataAtRestBlockedOn, unreadableSide } from '../shared/scratch-audit.ts'
import { scratchMariadbOf, scratchPostgresOf, serverOptions } from '../shared/scratch-options.ts'
import { readerImages, scratchSqliteOf, sqliteAtRest } from '../shared/sqlite-files.ts'
import { checkKind, type Effect, type Values } from '../step-kind.ts'

const MAX_TEXTS = 1000

const keyOf = z.strictObject({
  file: absolutePath.meta({ description: 'The Compose file that gives the key' }),
  ...projectFileFields,
  service: serviceName.meta({ description: 'The service that decrypts with the key' }),
  variable: variableName.meta({
    description: 'Its variable with the key, or with the path of a file that holds it',
  }),
})
type KeyOf = z.infer<typeof keyOf>

const fields = {
  key: password.optional().meta({ description: 'The key to try: ${{ secrets.NAME }}' }),
  keyOf: keyOf.optional().meta({
    title: 'key of a service',
    description:
      'Alternative to key: { file, project, service, variable }, the key that Compose gives a service with the .env as it is now. Further fields as in password-check: overrides, projectDirectory, envFiles, environment',
  }),
  format: z.enum(['n8n', 'gitea']).default('n8n').meta({
    description:
      'How the texts are encrypted. n8n: JSON, salted AES-256-CBC with an MD5-derived key, as OpenSSL does it. gitea: AES in CFB mode. Default: n8n',
  }),
  query: sqlQuery.meta({
    description: `Returns the encrypted texts in one column; up to ${MAX_TEXTS} are tried`,
  }),
  texts: line
    .optional()
    .meta({ description: 'What the texts are, for messages: credentials of n8n. Default: encrypted texts' }),
  mayBeEmpty: z.boolean().default(false).meta({
    description:
      'Whether the query may find no table and no text, where the application has stored none. Default: false',
  }),
  database: databaseName
    .default('postgres')
    .meta({ description: 'The database to query. Default: postgres' }),
  engine: z.enum(['postgres', 'mariadb']).default('postgres').meta({ description: 'Default: postgres' }),
  backup: absolutePath.optional().meta({
    description: 'A data directory at rest, queried in a scratch copy; in place of a running server',
  }),
  image: imageName.optional().meta({
    description: "With backup: the image that serves the copy, with the backup's major version",
  }),
  sqlite: relativePath.optional().meta({
    description: 'With backup: a SQLite file in it, in place of a data directory. Its query is one line',
  }),
  images: readerImages,
  options: serverOptions,
  ...serverFields,
}
type Step = Values<typeof fields>

const CHECK_SECONDS = 86_400

/**
 * Decrypts sample texts with a key: that of the plan, or the one that Compose gives a service now. The key is in no argument
 * and no output; decrypted text is neither stored nor printed.
 */
export const keyCheck = checkKind({
  kind: 'key-check',
  summary: 'A key decrypts the encrypted texts of a backup or a server',
  fields,
  oneOf: [['key', 'keyOf']],
  isAudit: true,
  timeoutMinutes: 240,
  usualSeconds: 5,

  validate(step) {
    const { backup, image, sqlite, engine, container, project, service, query } = step
    if ((step.key === undefined) === (step.keyOf === undefined)) return 'needs either key: or keyOf:'
    if (sqlite !== undefined) {
      if (backup === undefined || image !== undefined) return 'sqlite: needs backup:, and no image:'
      if (/[\n]|--/.test(query.trim())) return 'query: must be one line without comments for SQLite'
    } else if ((backup === undefined) !== (image === undefined)) return 'needs backup: and image: together'
    if (backup === undefined)
      return engine === 'mariadb'
        ? 'engine: mariadb needs backup:'
        : containerNameProblem(step, { or: 'backup:' })
    return (container ?? project ?? service) === undefined
      ? undefined
      : 'needs either backup: or a running server, not both'
  },
  describe: (step) => `decrypt the ${nameOf(step)} of ${placeOf(step)} with the key${ofService(step)}`,
  effects: ({ backup, image, images, keyOf, ...step }) => [
    ...(backup === undefined
      ? [{ how: 'reads', what: 'database', name: serverName(step) } as const]
      : [{ how: 'reads', what: 'path', name: backup } as const]),
    ...[...(image === undefined ? [] : [image]), ...images].map((name): Effect => ({
      how: 'reads',
      what: 'image',
      name,
    })),
    ...(keyOf ? filesOf(keyOf) : []).map((name): Effect => ({ how: 'reads', what: 'path', name })),
  ],

  async inspect(step, host) {
    const { backup, image, sqlite, engine } = step
    if (!(await host.test(question(shellFile('key-check/inspect.sh')))))
      throw new StepRefused('the host has no openssl, which this step needs; install it')
    if (backup !== undefined && sqlite !== undefined)
      return await sqliteAtRest({ backup, files: [sqlite] }, host)
    if (backup === undefined || image === undefined) return {}
    return (await dataAtRestBlockedOn(engine, { backup, image }, host)) ?? {}
  },

  async verify(step, host) {
    const { keyOf, key } = step
    const asked = question(scriptOf(step, host), {
      environment: {
        ...serverEnvironment(step),
        ...keyOf?.environment,
        ...(key && { REINSTATE_KEY: key }),
      },
      timeoutSeconds: CHECK_SECONDS,
    })
    const { stdout } = await host.measure('try-key', asked, auditProgress)
    const ended = readFacts(stdout, {
      ...{ noServer: maybe, problem: maybe, broken: maybe, failed: maybe, unread: maybe },
    })
    if (ended.noServer !== undefined) throw new StepNotVerified(ended.noServer)
    if (ended.problem !== undefined) throw new StepNotVerified(`the key cannot be tried: ${ended.problem}`)
    if (ended.broken !== undefined)
      throw new StepNotVerified(unreadableSide(ended.broken, step.backup ?? '', ''))
    if (ended.unread !== undefined)
      return {
        summary:
          'not tried: neither the host nor an image of images: has a program that reads SQLite; install sqlite3 on the host',
        strength: 'stated',
      }
    const isTableMissing = ended.failed !== undefined && NO_TABLE.test(ended.failed)
    if (ended.failed !== undefined && !(step.mayBeEmpty && isTableMissing))
      throw new StepNotVerified(`${placeOf(step)} cannot be queried: ${ended.failed}`)
    if (isTableMissing) return notTried(step, ended.failed ?? '')
    const { texts, opened } = readFacts(stdout, { texts: amount, opened: amount })
    if (texts === 0 && step.mayBeEmpty) return notTried(step, 'the query returned none')
    if (texts === 0)
      throw new StepNotVerified(
        `the query returned no encrypted text of ${placeOf(step)}, so the key was not tried; check the query`,
      )
    if (opened < texts) throw new StepNotVerified(doesNotDecrypt(step, { texts, opened }))
    return {
      summary: `the key${ofService(step)} decrypts all ${countOf(texts, 'encrypted text')} in ${placeOf(step)}`,
      strength: 'observed',
      facts: { texts },
    }
  },
})

/** What PostgreSQL, MariaDB and SQLite say of a table that does not exist; a database that does not exist is another error. */
const NO_TABLE = /relation "[^"]*" does not exist|Table '[^']*' doesn't exist|no such table/

function scriptOf(step: Step, host: HostView): Script {
  const { database, backup = '', image = '', options, sqlite, images, engine, keyOf, format } = step
  const query = queryOf(step)
  const texts =
    sqlite !== undefined
      ? shellFile('key-check/sqlite.sh', { ...scratchSqliteOf(images, host), backup, query, sqlite })
      : engine === 'mariadb'
        ? shellFile('key-check/mariadb.sh', {
            ...scratchMariadbOf({ image, options }, host),
            ...{ backup, query, database },
          })
        : shellFile('key-check/postgres.sh', {
            ...scratchPostgresOf({ image, options }, host),
            ...{ ...serverOf(step), backup, query, database },
          })
  return lines(
    texts,
    ...(keyOf ? [keyOfScript(keyOf)] : []),
    shellFile('key-check/verify.sh', { format, is_of_service: keyOf ? 'yes' : 'no' }),
  )
}

/** The function `key_of` of verify.sh. */
function keyOfScript(keyOf: KeyOf): Script {
  const { service, variable } = keyOf
  const script = shellFile('key-check/key-of.sh', {
    ...composeVariables({ ...keyOf, services: [service] }),
    ...{ of_service: service, variable, json_string: textFile('shared/json-string.awk') },
  })
  return new Script(`key_of() (\n${script.text}\n)`)
}

/** A line break in a text has no meaning, and would end it here. */
function queryOf({ query, engine, sqlite }: Step): string {
  const bare = query.trim().replace(/;$/, '')
  const text =
    sqlite === undefined && engine === 'postgres'
      ? "regexp_replace(encrypted::text, '\\s', '', 'g')"
      : "replace(replace(encrypted, char(10), ''), char(13), '')"
  const [before, after] = sqlite === undefined ? ['\n', '\n'] : ['', ' ']
  return `with answer (encrypted) as (${before}${bare}${after}) select ${text} from answer where encrypted is not null limit ${MAX_TEXTS};`
}

function doesNotDecrypt(
  step: Step,
  { texts, opened }: { readonly texts: number; readonly opened: number },
): string {
  const { keyOf, texts: name } = step
  const found = `decrypts ${opened} of ${countOf(texts, 'encrypted text')} in ${placeOf(step)}`
  const reads =
    name === undefined ? '' : `; with it, ${opened === 0 ? '' : 'some of '}the ${name} would be unreadable`
  const why =
    opened === 0
      ? keyOf
        ? 'it is not the key that encrypted them'
        : 'it is not the key that encrypted them: find the key of the old stack'
      : 'the others are damaged, or were encrypted with another key'
  return [`the key${ofService(step)} ${found}${reads}; ${why}`, ...(keyOf ? [wayOut(keyOf)] : [])].join('\n')
}

function wayOut({ file, variable }: KeyOf): string {
  const folder = file.slice(0, file.lastIndexOf('/'))
  return `put the key of the backup into the configuration in ${folder} (.env) as ${variable}, then: retry`
}

function notTried(step: Step, why: string) {
  return {
    summary: `not tried: ${placeOf(step)} has no ${nameOf(step)} (${why})`,
    strength: 'stated',
  } as const
}

function nameOf({ texts }: Step): string {
  return texts ?? 'encrypted texts'
}

function ofService({ keyOf }: Step): string {
  return keyOf ? ` that ${keyOf.variable} of service ${keyOf.service} has now` : ''
}

function placeOf(step: Step): string {
  return step.backup === undefined ? describeContainer(step) : `the backup ${step.backup}`
}
