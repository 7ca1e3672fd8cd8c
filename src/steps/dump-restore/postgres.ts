import { StepNotVerified, StepRefused } from '../../errors.ts'
import { command, question } from '../../shell/command.ts'
import { shellFile, textFile } from '../../shell/shell-file.ts'
import { amount, many, maybe, once, readFacts } from '../facts.ts'
import { countOf } from '../format.ts'
import { lackedRows, liveFact, liveFacts, liveVariables } from '../shared/live-rows.ts'
import { scratchOf } from '../shared/owner-label.ts'
import { compareSides } from '../shared/scratch-audit.ts'
import { optionLines, scratchPostgresOf } from '../shared/scratch-options.ts'
import { aboutContent } from '../step-kind.ts'
import type { Step } from './fields.ts'
import {
  changedOnTheWay,
  dumpOf,
  fillOf,
  hasPassword,
  hasRootPassword,
  passwordEnvironment,
  passwordProblems,
  targetOf,
  withPasswords,
  type DumpFound,
  type DumpServer,
} from './server.ts'

const LONG_SECONDS = 7 * 86_400

/** Dumps of PostgreSQL: plain SQL of pg_dump and pg_dumpall, and archives of pg_dump. */
export const postgresDump: DumpServer = {
  problems: (step) => [
    ...(hasRootPassword(step) ? ['gives a password of root, which is for server: mariadb'] : []),
    ...passwordProblems(step),
  ],

  async inspect(step, host) {
    const script = shellFile('dump-restore/postgres-inspect.sh', {
      ...{ ...dumpOf(step), ...scratchOf(step.image, host) },
      ...{ scan: awkProgram('scan'), image_facts: textFile('dump-restore/postgres-image.sh') },
    })
    const output = await host.ask(question(script, { timeoutSeconds: LONG_SECONDS }))
    return judge(output, step)
  },

  load(step, identity, host) {
    const { directory = '', database = '', initdb, options, jobs = '' } = step
    const script = shellFile('dump-restore/postgres-load.sh', {
      ...fillOf(step, identity, host),
      ...{ directory, database, initdb, options: optionLines(options), jobs, user: userOf(step) },
      ...{ filter: awkProgram('filter'), serve: textFile('dump-restore/postgres-new-server.sh') },
    })
    return command(withPasswords(script, step), { environment: passwordEnvironment(step) })
  },

  async verify(step, host) {
    const { dump, image, volume, globals, database = '' } = step
    const script = shellFile('dump-restore/postgres-verify.sh', {
      ...{ ...dumpOf(step), ...targetOf(step, host), ...scratchPostgresOf(step, host) },
      ...{ digest: awkProgram('digest'), compare: textFile('dump-restore/postgres-compare.awk') },
      ...{ database, user: userOf(step), ...liveVariables(step.live, 'postgres') },
    })
    const asked = question(script, { timeoutSeconds: LONG_SECONDS })
    const sides = { backup: dump, other: `volume ${volume}` }
    const stdout = await compareSides(host, { name: 'prove', question: asked, ...sides })
    const found = readFacts(stdout, {
      ...{ difference: many, leftOut: many, tables: amount, rows: amount, statements: amount },
      ...{
        largeObjects: amount,
        sequences: amount,
        sorted: amount,
        alike: amount,
        byName: amount,
        uncompared: amount,
      },
      ...{ sum: once, madeBy: once, major: once, cluster: once },
      ...liveFacts,
    })
    if (found.difference.length > 0)
      throw new StepNotVerified(
        `volume ${volume} does not hold what the dump ${dump} holds`,
        found.difference,
      )
    const {
      tables,
      rows,
      statements,
      sequences,
      sorted,
      alike,
      byName,
      uncompared,
      leftOut,
      sum,
      largeObjects,
    } = found
    const isCluster = found.cluster !== '0'
    const missing = [
      ...leftOut.filter((one) => one !== 'databases'),
      ...(isCluster || globals !== undefined ? [] : ['roles']),
      ...(isCluster ? [] : ['other databases', 'settings of the database']),
      'configuration of the server',
    ]
    return {
      summary: [
        `volume ${volume} equals the dump ${dump}, by a second dump with ${image}: ${countOf(tables, 'table')} with ` +
          `${countOf(rows, 'row')} by the sha256 of the rows${sorted > 0 ? `, ${sorted} of them in another order` : ''}, ` +
          `${countOf(sequences, 'sequence')}, ${countOf(largeObjects, 'large object')}, and ${statements - sequences} other statements by their text`,
        ...(alike > 0
          ? [`${alike} of them but for casts and parentheses, which the server writes anew`]
          : []),
        ...(byName + uncompared > 0
          ? [
              `the dump is of pg_dump ${found.madeBy}, the image has ${found.major}: ${byName} objects compared by their name, ${uncompared} other statements not compared`,
            ]
          : []),
        ...lackedRows(step.live, found),
        `a dump does not hold: ${missing.join(', ')}`,
      ].join('; '),
      strength: 'proven',
      facts: {
        ...{ tables, rows, sequences, largeObjects, statements, sum, sorted, alike, byName, uncompared },
        ...liveFact(found),
      },
    }
  },
}

const userOf = ({ user = 'postgres' }: Step) => user

function awkProgram(name: string): string {
  return `${textFile('dump-restore/postgres-lines.awk')}\n${textFile(`dump-restore/postgres-${name}.awk`)}`
}

/** @throws StepRefused for a dump that this image cannot load whole into this server */
function judge(output: string, step: Step): DumpFound {
  const { dump, globals, image, database } = step
  const user = userOf(step)
  const no = (
    reason: string,
    about: ConstructorParameters<typeof StepRefused>[1] = aboutContent(dump),
  ): never => {
    throw new StepRefused(reason, about)
  }
  const ofPlan = { isOfPlan: true }
  const begun = readFacts(output, {
    ...{ packedArchive: maybe, unreadable: maybe, serves: maybe, format: once, changed: maybe },
  })
  if (begun.serves === undefined) no(`the image ${image} has no PostgreSQL server`, ofPlan)
  if (begun.packedArchive !== undefined)
    no(
      `the dump ${dump} is an archive of pg_dump inside ${begun.packedArchive}; an archive is packed itself: unpack it once`,
    )
  if (begun.unreadable !== undefined)
    no(
      `the dump ${dump} cannot be read to its end, and is probably truncated: ${begun.unreadable}. Take another dump`,
    )
  const changed = changedOnTheWay(dump, begun.changed)
  if (changed !== undefined) no(changed)
  const found = readFacts(output, {
    ...{ archiveOf: maybe, globalsComplete: maybe, unpackedBytes: amount, rows: amount, tables: amount },
    ...{
      lines: amount,
      blobs: amount,
      complete: maybe,
      other: maybe,
      cluster: maybe,
      version: maybe,
      by: maybe,
    },
    ...{ encoding: maybe, badLine: maybe, bad: maybe },
    ...{ statements: amount },
    ...{ connects: many, creates: many, makes: many, needs: many, extension: many, installed: many },
    hasPassword: many,
  })
  if (found.other !== undefined) no(`the dump ${dump} is of ${found.other}, not of PostgreSQL`)
  const isArchive = begun.format !== 'plain'
  if (found.complete === undefined)
    no(
      found.version === undefined && found.cluster === undefined
        ? `${dump} is no dump of pg_dump or pg_dumpall: their first lines are missing`
        : `the dump ${dump} is truncated after line ${found.lines}: its last line "PostgreSQL database dump complete" is missing. Take another dump`,
    )
  if (globals !== undefined && found.globalsComplete === 'no')
    no(`${globals} is truncated, or not of pg_dumpall --globals-only`, aboutContent(globals))
  if (found.badLine !== undefined)
    no(
      `line ${found.badLine} of the dump ${dump} is a command of psql, which no dump has: ${found.bad}. Look where the file comes from`,
    )
  if (found.rows === 0 && found.blobs === 0)
    no(
      `the dump ${dump} holds ${countOf(found.statements, 'definition')} and no row: it was made with --schema-only, or of an empty database`,
    )
  const major = parseInt(found.version ?? '0')
  if (major > Number(begun.serves))
    no(
      `the dump ${dump} is of PostgreSQL ${found.version}, the image ${image} serves ${begun.serves}; name an image of ${major} or later`,
      ofPlan,
    )
  const isCluster = found.cluster !== undefined
  if (isCluster && database !== undefined)
    no(`the dump ${dump} is of a whole server, with its databases; leave out database:`, ofPlan)
  if (!isCluster && database === undefined)
    no(
      `the dump ${dump} is of one database${found.archiveOf === undefined ? '' : `, ${found.archiveOf}`}; name in database: where it goes`,
      ofPlan,
    )
  const named = [...found.creates, ...(isCluster ? [] : found.connects)].find((name) => name !== database)
  if (!isCluster && named !== undefined)
    no(
      `the dump ${dump} is of database ${named}, not of ${database}: it makes its own. Name the right dump, or database: ${named}`,
    )
  const known = new Set([...found.makes, user])
  const lacking = [...new Set(found.needs)].filter((role) => !known.has(role)).sort()
  if (lacking.length > 0)
    no(
      `the dump ${dump} names ${lacking.length === 1 ? 'role' : 'roles'} ${lacking.join(', ')}, which it does not make. Name in globals: a file of ` +
        `pg_dumpall --globals-only of that server, or in user: its superuser`,
      ofPlan,
    )
  const extensions = [...new Set(found.extension)].filter((name) => !found.installed.includes(name))
  if (extensions.length > 0)
    no(
      `the dump ${dump} needs ${extensions.length === 1 ? 'extension' : 'extensions'} ${extensions.join(', ')}, which the image ${image} does not have; name an image that has`,
      ofPlan,
    )
  const whose = isCluster
    ? 'a whole server'
    : `database ${found.archiveOf ?? database}${found.archiveOf === undefined || found.archiveOf === database ? '' : ` into ${database}`}`
  return {
    text: `${isArchive ? `${begun.format} archive` : 'SQL'} of ${whose}, PostgreSQL ${found.version ?? 'of an unknown version'}, ${countOf(found.tables, 'table')} with ${countOf(found.rows, 'row')}`,
    notes: [
      ...(found.by === undefined ? [] : [`made by pg_dump ${found.by}`]),
      ...(found.extension.length === 0 ? [] : [`extensions: ${[...new Set(found.extension)].join(', ')}`]),
      ...(!hasPassword(step) && !found.hasPassword.includes(user)
        ? [`role ${user} gets no password, and cannot log in over the network: name password:`]
        : []),
      ...(found.encoding === undefined || found.encoding === 'UTF8'
        ? []
        : [`encoding ${found.encoding}; the new database has UTF8, unless initdb: names another`]),
    ],
    unpackedBytes: found.unpackedBytes,
  }
}
