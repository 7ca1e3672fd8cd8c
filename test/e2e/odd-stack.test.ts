import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { openServerDesk, type ServerDesk } from '../cli/server-desk.ts'

/** Odd in all that a plan made of it has to get right: its name, two containers of a service, places of one name. */
const ODD = `
services:
  web:
    image: testbed/nginx:1
    ports: ['8080:80']
    volumes:
      - .:/code
      - data:/usr/share/nginx/html
      - ./data:/usr/share/nginx/html/below
      - ./a/data:/usr/share/nginx/html/a
      - ./b/data:/usr/share/nginx/html/b
      - ./b/data/public:/usr/share/nginx/html/public
  worker:
    image: testbed/nginx:1
    entrypoint: sleep 1000
    stop_signal: SIGKILL
    scale: 2
    volumes: ['./b/data/public:/see:ro']
  old: { image: testbed/nginx:1, entrypoint: sleep 1000, stop_signal: SIGKILL }
volumes:
  data: { labels: { about: the page } }
`

/** What the backup says, where the live stack says `live`. */
const LAY = `
set -eu
mkdir -p /srv/my_odd/data /srv/my_odd/a/data /srv/my_odd/b/data/public
cd /srv/my_odd
printf '%s' "$ODD" > compose.yaml
docker compose --progress quiet up -d
sed -i '/^  old:/d' compose.yaml
fill() { # TEXT VOLUME DATA A B: each place says which it is
  mkdir -p "$2/below" "$2/a" "$2/b" "$2/public" "$5/public"
  echo "$1 volume" > "$2/index.html"; echo "$1 data" > "$3/index.html"; echo "$1 a" > "$4/index.html"
  echo "$1 b" > "$5/index.html"; echo "$1 public" > "$5/public/index.html"
}
fill live "$(docker volume inspect -f '{{.Mountpoint}}' my_odd_data)" data a/data b/data
cd /backup 2> /dev/null || { mkdir /backup; cd /backup; }
mkdir -p my_odd/my_odd_data my_odd/srv-my_odd-data my_odd/a-data my_odd/b-data later/my_odd_data later/srv-my_odd-data later/a-data later/b-data
fill backup my_odd/my_odd_data my_odd/srv-my_odd-data my_odd/a-data my_odd/b-data
fill later later/my_odd_data later/srv-my_odd-data later/a-data later/b-data
`

describe('an odd stack, and the plan that init writes of it', () => {
  let desk: ServerDesk
  beforeAll(async () => {
    desk = await openServerDesk({ name: 'odd', inInventory: false })
    await desk.testHost.must(LAY, { env: { ODD } })
  })
  afterAll(() => desk.close())

  const done = expect.objectContaining({ code: 0 }) as unknown
  const PLACES = ['volume', 'data', 'a', 'b', 'public']
  /** What each place says now, as its visitors see it. */
  const served = () =>
    desk.testHost.must(
      `for place in '' below/ a/ b/ public/; do curl -sf --retry 30 --retry-all-errors --retry-delay 1 http://127.0.0.1:8080/$place; done
      docker ps -q --filter label=com.docker.compose.service=worker | while read -r id; do docker exec "$id" cat /see/index.html; done`,
    )
  const saying = (text: string) =>
    [...PLACES, 'public', 'public'].map((place) => `${text} ${place}`).join('\n')

  it('is valid, names what it leaves unchanged, and can be previewed', async () => {
    expect(await served()).toBe(saying('live'))
    const { sshPort, privateKeyPath } = desk.testHost
    const found = await desk.answer(
      `init server --address root@127.0.0.1:${sshPort} --key ${privateKeyPath} --project my_odd`,
      ['(yes or no)', 'yes'],
    )
    expect(found).toEqual(done)
    expect(found.output).toMatch(
      /is it the same \(yes or no\)\? [^]*pinned in .*known_hosts[^]*my_odd on server/,
    )
    expect(found.output).not.toMatch(/mind: the (backup|folder)/)
    expect(found.output).toContain('container my_odd-old-1 belongs to service old')
    expect(found.output).toContain("the project's directory")
    expect(await desk.type('check plans/my-odd-restore')).toEqual(done)
    expect(await desk.type('preview plans/my-odd-restore')).toEqual(done)
  })

  it('cuts over to the backup of each place', async () => {
    expect(await desk.type('run plans/my-odd-restore --id odd-1 --yes')).toEqual(done)
    expect(await served()).toBe(saying('backup'))
  })

  it('restores again over its own earlier run, which init recognises as the same stack', async () => {
    const again = await desk.type(
      'run plans/my-odd-restore --id odd-2 --yes --input live=odd-1 --input backup=/backup/later',
    )
    expect(again).toEqual(done)
    expect(await served()).toBe(saying('later'))

    const found = await desk.type('init server --project odd-2 --out anew')
    expect(found).toEqual(done)
    const plan: unknown = parse(await readFile(join(desk.folder, 'anew', 'plan.yaml'), 'utf8'))
    expect(plan).toMatchObject({
      plan: 'my-odd-restore',
      stack: 'my-odd',
      inputs: { live: { default: 'odd-2' }, backup: { default: '/backup/my_odd' } },
    })
    expect(await desk.type('check ./anew')).toEqual(done)
    expect(await desk.type('run ./anew --id odd-3 --yes')).toEqual(done)
    expect(await served()).toBe(saying('backup'))
    expect(await desk.testHost.must('ls -d /srv/my_odd/a/data*')).toBe(
      ['', '-odd-1', '-odd-2', '-odd-3'].map((run) => `/srv/my_odd/a/data${run}`).join('\n'),
    )
  })

  it('is rolled back, run by run, to the original stack', async () => {
    for (const [run, text] of [
      ['odd-3', 'later'],
      ['odd-2', 'backup'],
      ['odd-1', 'live'],
    ] as const) {
      await desk.type(`rollback ${run}`)
      expect(await served()).toBe(saying(text))
    }
  })
})
