import type { TestHost } from './test-host.ts'
import type { Acknowledged } from './vividwalls-client.ts'

/** Where a write may be: a database's volume, served or not, or a file with one to a line. */
export type Place = { readonly volume: string; readonly of: 'n8n' | 'supabase' } | { readonly file: string }

export interface Account {
  /** By place: the writes that are there. */
  readonly found: Readonly<Record<string, readonly Acknowledged[]>>
  /** Acknowledged, and in none of the places. */
  readonly lost: readonly Acknowledged[]
}

/** Looks for each acknowledged write in each place. @throws TestbedFailed where a place cannot be read */
export async function accountFor(
  testHost: TestHost,
  acknowledged: readonly Acknowledged[],
  places: Readonly<Record<string, Place>>,
): Promise<Account> {
  const found: Record<string, readonly Acknowledged[]> = {}
  for (const [name, place] of Object.entries(places)) {
    const there = new Set(await bodiesIn(testHost, place))
    found[name] = acknowledged.filter(({ body }) => there.has(body))
  }
  const somewhere = new Set(Object.values(found).flat())
  return { found, lost: acknowledged.filter((write) => !somewhere.has(write)) }
}

/**
 * The lines that a query gives of a PostgreSQL volume: asked of the container that serves it, else of a copy, so that
 * the volume stays as it is. @throws TestbedFailed
 */
export async function queryVolume(
  testHost: TestHost,
  volume: string,
  { database, sql }: { readonly database: string; readonly sql: string },
): Promise<readonly string[]> {
  const output = await testHost.must(QUERY, { env: { VOLUME: volume, DATABASE: database, SQL: sql } })
  return output === '' ? [] : output.split('\n')
}

async function bodiesIn(testHost: TestHost, place: Place): Promise<readonly string[]> {
  if ('file' in place) {
    return (await testHost.must('cat -- "$FILE"', { env: { FILE: place.file } })).split('\n')
  }
  const [database, table] = place.of === 'n8n' ? ['n8n', 'orders'] : ['postgres', 'products']
  return await queryVolume(testHost, place.volume, { database, sql: `select body from ${table}` })
}

const QUERY = `
set -eu
ask() { docker exec -u postgres "$1" psql -AtX -v ON_ERROR_STOP=1 -d "$DATABASE" -c "$SQL"; }
docker volume inspect "$VOLUME" >/dev/null
serving=$(docker ps -q --filter "volume=$VOLUME" | head -n 1)
if [ -n "$serving" ]; then ask "$serving"; exit; fi

copy=testbed-copy-$$
trap 'docker rm -fv "$copy" >/dev/null; docker volume rm "$copy" >/dev/null' EXIT
docker volume create "$copy" >/dev/null
at() { docker volume inspect --format '{{.Mountpoint}}' "$1"; }
cp -a "$(at "$VOLUME")/." "$(at "$copy")"
docker run -d --name "$copy" --network none -v "$copy:/var/lib/postgresql/data" testbed/postgres:17 >/dev/null
within=300
until docker exec "$copy" pg_isready -q -d "$DATABASE"; do
  within=$((within - 1))
  [ "$within" -gt 0 ] || { docker logs "$copy" >&2; exit 1; }
  sleep 0.1
done
ask "$copy"
`
