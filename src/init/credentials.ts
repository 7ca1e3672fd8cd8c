import type { Environment } from './environment.ts'

/** A password of a service for a database, as names of variables. Its value stays on the host. */
export interface Credential {
  readonly service: string
  /** Its variable with the password, with a URL that holds one, or with the path of a file that does. */
  readonly variable: string
  /** The host name of the server; undefined if the application has a default of its own. */
  readonly host?: string
  readonly user?: string
  readonly database?: string
}

const URL_WITH_PASSWORD =
  /^(?:postgres(?:ql)?|mysql|mariadb)[\w+.-]*:\/\/([^:@/]*):[^@/]+@([^:/?,]+)[^/]*(?:\/([^?]*))?/
const PASSWORD_NAME = /^(.*?)(PASSWORD|PASSWD|PASS|PWD)(_{1,2}FILE)?$/i
const OF_DATABASE = /DB|PG|POSTGRES|SQL|MARIA|DATABASE/i

const HOST_NAMES = ['HOST', 'HOSTNAME', 'SERVER', 'ADDRESS', 'ADDR']
const USER_NAMES = ['USER', 'USERNAME', 'USR']
const DATABASE_NAMES = ['DATABASE', 'DATABASE_NAME', 'NAME', 'DB', 'DBNAME', 'DB_NAME']

/** Returns the passwords for databases in the environment of a service. Drops every value but those of hosts, users and databases. */
export function credentialsIn({ variables, isMounted }: Environment): readonly Omit<Credential, 'service'>[] {
  const of = (prefix: string, names: readonly string[]) => {
    const wanted = names.map((name) => `${prefix}${name}`.toLowerCase())
    const [, value] = Object.entries(variables).find(([name]) => wanted.includes(name.toLowerCase())) ?? []
    return value === '' ? undefined : value
  }
  return Object.entries(variables).flatMap(([variable, text]) => {
    const url = URL_WITH_PASSWORD.exec(text)
    if (url) {
      const [, , host = '', database] = url
      return [{ variable, host, ...(database && { database }) }]
    }
    const [, prefix, , inFile] = PASSWORD_NAME.exec(variable) ?? []
    if (prefix === undefined || text === '' || /ROOT_?$/i.test(prefix) || !OF_DATABASE.test(prefix)) return []
    if (inFile !== undefined && !isMounted(text)) return []
    const host = of(prefix, HOST_NAMES)?.replace(/:\d+$/, '')
    const user = of(prefix, USER_NAMES)
    const database = of(prefix, DATABASE_NAMES)
    return [{ variable, ...(host && { host }), ...(user && { user }), ...(database && { database }) }]
  })
}

interface Served {
  /** The service of the server. */
  readonly server: string
  /** Further names by which others reach it. */
  readonly names: readonly string[]
  /** Whether it is the only database server of the stack. */
  readonly isOnly: boolean
}

/** Returns the passwords with which other services log in to a database's server, one for each role. */
export function credentialsFor(
  all: readonly Credential[],
  { server, names, isOnly }: Served,
): readonly Credential[] {
  const fitting = all.filter(
    ({ service, host }) =>
      service !== server && (host === undefined ? isOnly : host === server || names.includes(host)),
  )
  const first = new Map(fitting.toReversed().map((one) => [`${one.user ?? one.variable}`, one]))
  return fitting.filter((one) => [...first.values()].includes(one))
}
