import { z } from 'zod'
import type { TestHost } from './test-host.ts'
import { docker } from './outer-docker.ts'
import { testbedFile } from './testbed-files.ts'

/** The expected state of a guestbook fixture. */
export interface GuestbookFacts {
  /** Of the backup: what a correct restore serves. */
  readonly rows: number
  readonly sum: string
  /** The exact response of /entries/summary for the backup. */
  readonly summary: string
  /** Of the running old stack. */
  readonly brokenRows: number
  readonly brokenSum: string
  /** Of the database. Contains a `$`, which Compose would interpolate. */
  readonly password: string
  readonly images: { readonly database: string; readonly app: string; readonly web: string }
  readonly neighbourContainer: string
  readonly neighbourStartedAt: string
}

const summarySchema = z.object({ rows: z.number().int(), sum: z.string() })
const factsSchema = z.object({ whole: summarySchema, broken: summarySchema, password: z.string() })

/**
 * Lays a broken guestbook in /srv/guestbook (8080: / is served, /api/health is 503), its whole backup in
 * /backup/guestbook, and somebody else's stack in /srv/neighbour (18081). For a test host on which it is not yet.
 */
export async function layGuestbook(testHost: TestHost): Promise<GuestbookFacts> {
  const facts = factsSchema.parse(JSON.parse(await testHost.must('cat /opt/guestbook/facts.json')))
  for (const stack of ['guestbook', 'neighbour']) {
    await docker(['cp', testbedFile('stacks', stack), `${testHost.name}:/srv`])
  }
  await testHost.must(LAY, { env: { PASSWORD: facts.password } })
  const started = await testHost.must(
    "docker inspect --format '{{.Id}} {{.State.StartedAt}}' neighbour-web-1",
  )
  const [neighbourContainer = '', neighbourStartedAt = ''] = started.split(' ')
  return {
    ...facts.whole,
    summary: `{"rows": ${facts.whole.rows}, "sum": "${facts.whole.sum}"}`,
    brokenRows: facts.broken.rows,
    brokenSum: facts.broken.sum,
    password: facts.password,
    images: { database: 'testbed/postgres:17', app: 'testbed/guestbook:1', web: 'testbed/nginx:1' },
    neighbourContainer,
    neighbourStartedAt,
  }
}

/** Whether the neighbour has run without interruption since the set-up. */
export async function neighbourIsUntouched(testHost: TestHost, facts: GuestbookFacts): Promise<boolean> {
  const format = '{{.Id}} {{.State.StartedAt}} {{.State.Running}}'
  const { stdout } = await testHost.exec(`docker inspect --format '${format}' neighbour-web-1`)
  return stdout.trim() === `${facts.neighbourContainer} ${facts.neighbourStartedAt} true`
}

const LAY = `
set -eu
umask 022
chown -R 0:0 /srv
printf "GUESTBOOK_PASSWORD='%s'\\n" "$PASSWORD" >/srv/guestbook/.env
chmod 600 /srv/guestbook/.env
chmod 700 /backup

fill() { tar -C "$(docker volume inspect --format '{{.Mountpoint}}' "$(docker volume create "$1")")" -x; }
fill guestbook_db </opt/guestbook/broken-db.tar
printf '<h1>Neighbour</h1>' >/srv/neighbour/index.html
head -c 100000 /dev/urandom >/srv/neighbour/picture.bin
tar -C /srv/neighbour -c index.html picture.bin | fill neighbour_data

docker compose --progress quiet --project-directory /srv/neighbour up -d &
docker compose --progress quiet --project-directory /srv/guestbook up -d &
guestbook=$!
tar -C /backup -xf /opt/guestbook/backup.tar
wait "$guestbook"
wait

answers() { [ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 2 "$2")" = "$1" ]; }
within=300
until answers 503 http://127.0.0.1:8080/api/health && answers 200 http://127.0.0.1:18081/; do
  within=$((within - 1))
  [ "$within" -gt 0 ] || { docker ps -a >&2; exit 1; }
  sleep 0.1
done
`
