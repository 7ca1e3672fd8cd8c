import { applications } from './applications/index.ts'
import type { Application, ServiceKey, TriedKey } from './applications/application.ts'
import type { Data, Database } from './stack.ts'

interface Served {
  readonly service: string
  readonly keys: readonly ServiceKey[]
  readonly engine: Database['engine']
  /** The database of the service, or else of the server, as their variables name it. */
  readonly database: string | undefined
}

/** Returns the keys to try on the database of a service that logs in to it. */
export function keysOnServer({ service, keys, engine, database }: Served): readonly TriedKey[] {
  const quote = engine === 'PostgreSQL' ? '"' : '`'
  return keys.map((key) => {
    const known = applicationOf(key)
    return {
      ...triedKey(key, { service, quote }),
      in: { database: database ?? known.database },
    }
  })
}

/** Adds to places with SQLite files the keys of the services that mount them, unless a server has these services' data. */
export function withFileKeys(
  data: readonly Data[],
  services: Readonly<Record<string, { readonly keys: readonly ServiceKey[] }>>,
): readonly Data[] {
  const onServer = data.flatMap(({ database }) => (database?.keys ?? []).map(({ service }) => service))
  return data.map((one) => {
    const found = one.mounts.flatMap(({ service }) =>
      onServer.includes(service)
        ? []
        : (services[service]?.keys ?? []).flatMap((key): readonly TriedKey[] => {
            const { sqlite } = applicationOf(key)
            const file = one.sqlite?.find((path) => path.slice(path.lastIndexOf('/') + 1) === sqlite)
            return file === undefined
              ? []
              : [{ ...triedKey(key, { service, quote: '"' }), in: { sqlite: file } }]
          }),
    )
    return found.length === 0 ? one : { ...one, keys: eachOnce(found) }
  })
}

/** Returns each key once, whichever services have it. */
export function eachOnce(keys: readonly TriedKey[]): readonly TriedKey[] {
  const first = new Map(
    keys.toReversed().map((one) => [`${one.variable} ${JSON.stringify(one.in)} ${one.query}`, one]),
  )
  return keys.filter((one) => [...first.values()].includes(one))
}

/** Returns the keys to try on a place. */
export function keysOf({ database, keys = [], archived }: Data): readonly TriedKey[] {
  // No step tries a key on what is in an archive.
  if (archived) return []
  return [...(database?.keys ?? []), ...keys]
}

/** Names the keys that no step tries. */
export function untriedKeys(
  services: Readonly<Record<string, { readonly keys: readonly ServiceKey[] }>>,
  data: readonly Data[],
): readonly string[] {
  const tried = data.flatMap((one) => keysOf(one).map(({ variable }) => variable))
  return Object.entries(services).flatMap(([service, { keys }]) =>
    keys.flatMap(({ application, variable }) =>
      tried.includes(variable)
        ? []
        : [
            `${variable} of service ${service} is not tried on the data of ${application}: init found no database that it logs in to, and no SQLite file; add a step of kind key-check`,
          ],
    ),
  )
}

function triedKey(
  { variable, settings, application }: ServiceKey,
  { service, quote }: { readonly service: string; readonly quote: string },
): Omit<TriedKey, 'in'> {
  const { format, texts, query } = applicationOf({ application })
  const quoted = (name: string) => `${quote}${name.replaceAll(quote, quote + quote)}${quote}`
  return { service, variable, format, texts, query: query(settings, quoted) }
}

function applicationOf({ application }: Pick<ServiceKey, 'application'>): Application {
  const known = applications.find(({ name }) => name === application)
  if (!known) throw new Error(`there is no application ${application}`)
  return known
}
