import { StepNotVerified, StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { command, question } from '../../shell/command.ts'
import { shellFile, textFile } from '../../shell/shell-file.ts'
import { amount, many, maybe, readFacts } from '../facts.ts'
import { countOf, formatBytes } from '../format.ts'
import { lackedRows, liveFact, liveFacts, liveVariables } from '../shared/live-rows.ts'
import { compareSides } from '../shared/scratch-audit.ts'
import { scratchMariadbOf } from '../shared/scratch-options.ts'
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
  withPasswords,
  type DumpServer,
} from './server.ts'

const READ_SECONDS = 7 * 86_400

/** Dumps of mariadb-dump and mysqldump, as SQL, into a server of MariaDB. */
export const mariadbDump: DumpServer = {
  problems(step) {
    const { globals, directory, jobs, initdb } = step
    const foreign = Object.entries({ globals, directory, jobs, initdb: initdb[0] })
    return [
      ...foreign.flatMap(([name, value]) =>
        value === undefined ? [] : [`has ${name}:, which a dump of MariaDB does not take`],
      ),
      ...(step.user === 'root' ? ['has user: root; set its password with rootPassword:'] : []),
      ...(step.user !== undefined && !hasPassword(step) ? ['needs password: or passwordOf: for user:'] : []),
      ...(step.user === undefined && hasPassword(step) ? ['needs user: for its password'] : []),
      ...passwordProblems(step),
    ]
  },

  async inspect(step, host) {
    const found = await readDump(step, host)
    refuseDump(step, found)
    const { tool, version, tables, filledTables, unpackedBytes, has, accounts, header } = found
    const databases = found.database.filter((name) => name !== 'mysql')
    const holds =
      accounts.length > 0
        ? `all databases (${databases.join(', ')}) and accounts`
        : `database ${databases.join(', ') || header || step.database}`
    return {
      text: `a dump of ${tool} ${version ?? ''}: ${holds}, ${countOf(tables, 'table')}, ${filledTables} of them with rows`,
      notes: [
        `${formatBytes(unpackedBytes)} as text`,
        ...(has.includes('routines') || accounts.length > 0
          ? []
          : [
              'the dump was made without --routines: if the server had procedures or functions, they are not in it',
            ]),
        ...(has.includes('events')
          ? []
          : ['the dump was made without --events: if the server had events, they are not in it']),
      ],
      unpackedBytes,
    }
  },

  load(step, identity, host) {
    const script = shellFile('dump-restore/mariadb-load.sh', {
      ...fillOf(step, identity, host),
      ...namesOf(step),
      ...{ options: scratchMariadbOf(step, host).options, serve: textFile('dump-restore/mariadb-serve.sh') },
    })
    return command(withPasswords(script, step), { environment: passwordEnvironment(step) })
  },

  async verify(step, host) {
    const { volume, dump } = step
    const script = shellFile('dump-restore/mariadb-verify.sh', {
      ...dumpOf(step),
      ...scratchMariadbOf(step, host),
      ...namesOf(step),
      ...{ volume, serve: textFile('dump-restore/mariadb-serve.sh') },
      sums: program('sums'),
      ...liveVariables(step.live, 'mariadb'),
      compare: textFile('dump-restore/mariadb-compare.awk'),
    })
    const environment = passwordEnvironment(step)
    const asked = question(withPasswords(script, step), { environment, timeoutSeconds: READ_SECONDS })
    const sides = { backup: dump, other: `volume ${volume}` }
    const stdout = await compareSides(host, { name: 'compare', question: asked, ...sides })
    const found = readFacts(stdout, {
      ...{ difference: many, rows: amount, tables: amount, filledTables: amount, objects: amount },
      ...{ sortedTables: amount.optional(), sameText: maybe, skippedSystemTables: maybe },
      ...liveFacts,
    })
    if (found.difference.length > 0)
      throw new StepNotVerified(
        `volume ${volume} does not hold what the dump ${dump} holds`,
        found.difference,
      )
    const { rows, tables, filledTables, objects } = found
    return {
      summary:
        `volume ${volume} holds what the dump ${dump} holds, by a second dump of it: ${countOf(tables, 'table')} with ` +
        `${countOf(rows, 'row')}, by the sha256 of the rows of each` +
        (found.sortedTables === undefined ? '' : ` (of ${found.sortedTables}, sorted)`) +
        `; the values of sequences; the ${found.sameText === undefined ? 'names of' : 'text of'} ${countOf(objects, 'definition')}` +
        (found.sameText === undefined ? ', their columns and indexes: another version made the dump' : '') +
        (step.user === undefined ? '' : `; account ${step.user} logs in`) +
        lackedRows(step.live, found)
          .map((line) => `; ${line}`)
          .join('') +
        `; not in the dump, and not compared: configuration` +
        (found.skippedSystemTables === undefined
          ? ''
          : '; not compared: the system tables, which are of another version'),
      strength: 'proven',
      facts: { rows, tables, filledTables, objects, ...liveFact(found) },
    }
  },
}

/** The program of one of the two readers of a dump. */
function program(name: 'scan' | 'sums'): string {
  return textFile(`dump-restore/mariadb-${name}.awk`) + textFile('dump-restore/mariadb-dump.awk')
}

function namesOf({ database = '', user = '' }: Step) {
  return { database, user }
}

type FoundDump = Awaited<ReturnType<typeof readDump>>

async function readDump(step: Step, host: HostView) {
  const script = shellFile('dump-restore/mariadb-inspect.sh', {
    ...dumpOf(step),
    ...scratchMariadbOf(step, host),
    known: textFile('dump-restore/mariadb-known.sh'),
    scan: program('scan'),
  })
  return readFacts(await host.ask(question(script, { timeoutSeconds: READ_SECONDS })), {
    ...{ imageVersion: maybe, lacks: maybe, broken: maybe, changed: maybe, unknown: many },
    ...{ tool: maybe, version: maybe, header: maybe, database: many, has: many, complete: maybe },
    ...{ tables: amount, filledTables: amount, unpackedBytes: amount },
    ...{ accounts: many, account: many, definer: many, command: many, gtidPurged: many },
  })
}

/** @throws StepRefused for a dump that is not whole, is of another server or database, or needs what the new server lacks */
function refuseDump(step: Step, found: FoundDump): void {
  const { dump, image, database } = step
  const refuse = (reason: string) => {
    throw new StepRefused(reason, aboutContent(dump))
  }
  const refusePlan = (reason: string) => {
    throw new StepRefused(reason, { isOfPlan: true })
  }
  if (found.imageVersion === undefined)
    refusePlan(
      `the image ${image} has no ${found.lacks ?? 'server of MariaDB'}; name an image of MariaDB, which is the only server ` +
        'that dumps of mysqldump and mariadb-dump are loaded into',
    )
  if (found.broken !== undefined)
    refuse(`the dump ${dump} cannot be unpacked: ${found.broken}; it is damaged or was cut off`)
  const changed = changedOnTheWay(dump, found.changed)
  if (changed !== undefined) refuse(changed)
  if (found.tool === 'PostgreSQL') refuse(`the dump ${dump} is of PostgreSQL; use server: postgres`)
  if (found.tool === undefined)
    refuse(
      `the dump ${dump} does not begin as mariadb-dump and mysqldump begin theirs; if it was made with --compact or ` +
        '--skip-comments, nothing shows whether it is whole: make it without them',
    )
  if (found.complete !== 'yes')
    refuse(
      `the dump ${dump} was cut off: it does not end with "-- Dump completed"; use an older one, or make it again`,
    )
  if (found.tables === 0) refuse(`the dump ${dump} defines no table; it was made with --no-create-info`)
  if (found.filledTables === 0)
    refuse(
      `the dump ${dump} holds only a schema: ${countOf(found.tables, 'table')}, and no row of any; was it made with --no-data?`,
    )
  if (found.command.length > 0)
    refuse(
      `the dump ${dump} has a command of the client in ${found.command[0]}, which no dump has; look at who wrote it`,
    )
  if (found.gtidPurged.length > 0)
    refuse(
      `the dump ${dump} sets GTID_PURGED in ${found.gtidPurged[0]}, which MariaDB does not know; make it with --set-gtid-purged=OFF`,
    )
  if (found.accounts.includes('user'))
    refuse(
      `the dump ${dump} holds the system table mysql.user, of MySQL or of MariaDB before 10.4, which MariaDB cannot use; ` +
        'dump the databases by name: --databases NAME NAME',
    )
  refuseDatabase(step, found)
  if (found.tool === 'MariaDB' && isNewer(found.version, found.imageVersion))
    refusePlan(
      `the dump ${dump} is of MariaDB ${found.version}, and the image ${image} serves ${found.imageVersion}; name an image of the dump's version`,
    )
  if (found.unknown.length > 0)
    refuse(
      `the dump ${dump} uses ${found.unknown.slice(0, 5).join(', ')}, which MariaDB ${found.imageVersion} does not know` +
        (found.tool === 'MySQL'
          ? ': it needs a server of MySQL, or a dump whose tables were converted first'
          : ''),
    )
  const missing = missingDefiners(step, found)
  if (missing.length > 0)
    refuse(
      `the dump ${dump} has views, triggers or routines that run as ${missing.slice(0, 5).join(', ')}, which neither the dump ` +
        'nor user: creates; their use would fail. Name that account in user:, or dump with --system=users',
    )
  if (
    step.user !== undefined &&
    database === undefined &&
    found.accounts.length === 0 &&
    !found.account.includes(`\`${step.user}\`@\`%\``)
  )
    refusePlan('user: needs database:, on which the account gets all rights')
}

/** @throws StepRefused for a dump of another database than the step's */
function refuseDatabase({ dump, database }: Step, found: FoundDump): void {
  const named = found.database.filter((name) => name !== 'mysql')
  if (found.database.length === 0 && database === undefined)
    throw new StepRefused(
      `the dump ${dump} is of one database, and does not name it; name it in database:${found.header ? `, such as ${found.header}` : ''}`,
      { isOfPlan: true },
    )
  const isOther =
    named.length > 0
      ? !named.includes(database ?? named[0] ?? '')
      : (found.header ?? '') !== '' && found.header !== (database ?? found.header)
  if (isOther)
    throw new StepRefused(
      `the dump ${dump} is of database ${named.join(', ') || found.header}, not of ${database}; name its own in database:`,
      aboutContent(dump),
    )
}

/** Accounts that MariaDB makes for itself. */
const OWN_ACCOUNTS = ['root', 'mysql', 'mariadb.sys'].map((name) => `\`${name}\`@\`localhost\``)

function missingDefiners(step: Step, { accounts, account, definer }: FoundDump): readonly string[] {
  if (accounts.length > 0) return []
  const made = [
    ...OWN_ACCOUNTS,
    ...account,
    ...(step.user === undefined ? [] : [`\`${step.user}\`@\`%\``]),
    ...(hasRootPassword(step) ? ['`root`@`%`'] : []),
  ]
  return definer.filter((one) => !made.includes(one)).map((one) => one.replaceAll('`', ''))
}

/** Compares the first two numbers of versions, which name a series of MariaDB. */
function isNewer(version = '', other = ''): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map((part) => Number.parseInt(part, 10))
  return major > otherMajor || (major === otherMajor && minor > otherMinor)
}
