import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { openField, type Field } from './field.ts'

vi.setConfig({ testTimeout: 480_000 })

let field: Field
beforeAll(async () => {
  field = await openField()
})
afterEach(() => field.clear())
afterAll(() => field.close())

const plan = (name: string) => readFile(join(field.folder, 'plans', `${name}-restore`, 'plan.yaml'), 'utf8')
const refused = expect.objectContaining({ code: 2 }) as unknown
const done = expect.objectContaining({ code: 0 }) as unknown

describe('a backup whose folders have other names', () => {
  it('is matched by content, says so with the lines to change, and is restored unedited', async () => {
    await field.lay({ case: '19', project: 'shop' })
    await field.add(60)
    await field.backUp({ project: 'shop' })
    await field.testHost.must('mv /backup/shop/pg /backup/shop/database-files')
    await field.add(5)
    const found = await field.type('init server --project shop')
    expect(found).toEqual(done)
    expect(found.output).toMatch(
      /shop_pg is restored from the folder database-files, by a guess: the same PostgreSQL cluster/,
    )
    const text = (await plan('shop')).split('\n')
    const lines = text.flatMap((line, index) => (line.includes('}/database-files') ? [index + 1] : []))
    expect(found.output).toContain(`lines ${lines.join(', ')}`)
    expect(await field.type('run plans/shop-restore --id shop-1 --yes')).toEqual(done)
    expect(await field.page()).toBe('{"rows": 60}')
    expect(await field.type('rollback shop-1')).toEqual(done)
    expect(await field.page()).toBe('{"rows": 65}')
  })
})

describe('a volume that the Compose file of the backup calls otherwise', () => {
  it('is matched by service and mount point, and says so', async () => {
    await field.lay({ case: '16', project: 'blog' })
    await field.testHost.must(`mkdir -p /backup/blog/conf /backup/blog/html /backup/blog/other
echo new > "$(docker volume inspect -f "{{.Mountpoint}}" blog_data)/new"; echo old > /backup/blog/html/old; echo old > /backup/blog/other/old
sed 's/\\bdata\\b/html/g' /srv/blog/compose.yaml > /backup/blog/conf/docker-compose.yml`)
    const found = await field.type('init server --project blog')
    expect(found).toEqual(done)
    expect(found.output).toContain(
      'blog_data is restored from the folder html, by a guess: the Compose file in the backup names it so',
    )
  })
})

describe('a place that the backup does not hold', () => {
  it('is refused with status 2 and the options, and kept live or mapped by these', async () => {
    await field.lay({ case: '01', project: 'two', up: 'docker compose --progress quiet up -d' })
    await field.testHost.must(`mkdir -p /backup/two/elsewhere/deep; touch /backup/two/elsewhere/deep/file`)
    const found = await field.type('init server --project two')
    expect(found).toEqual(refused)
    expect(found.output).toContain('--keep')
    expect(found.output).not.toContain('wrote')
    expect(await field.type('init server --project two --map nothing=x')).toEqual(refused)
  })
})

describe('a backup in the form of the host', () => {
  it.each([
    ['/', '/backup/shop', 'var/lib/docker/volumes/shop_pg/_data'],
    ['/var/lib/docker', '/backup/shop', 'volumes/shop_pg/_data'],
  ])('of %s is recognised', async (root, backup, folder) => {
    await field.lay({ case: '19', project: 'shop' })
    await field.testHost.must(
      `docker stop $(docker ps -q) > /dev/null; mkdir -p ${backup}; rsync -aHAXR ${root}/./${folder} ${backup}/; docker start $(docker ps -aq) > /dev/null`,
    )
    expect(await field.type('init server --project shop')).toEqual(done)
    expect(await plan('shop')).toContain(`}/${folder}"`)
  })
  it('several dated ones in one directory: none is taken silently', async () => {
    await field.lay({ case: '19', project: 'shop' })
    for (const day of ['2026-11-27', '2026-11-28'])
      await field.backUp({ project: 'shop', to: `/backup/shop/${day}` })
    await field.testHost.must('ln -s 2026-11-28 /backup/shop/latest')
    const found = await field.type('init server --project shop')
    expect(found).toEqual(refused)
    expect(found.output).toContain('2026-11-27, 2026-11-28')
    expect(found.output).toContain(
      'next: reinstate init server --project shop --backup /backup/shop/2026-11-28',
    )
    expect(await field.type('init server --project shop --backup /backup/shop/latest')).toEqual(done)
  })
})

describe('16', () => {
  const at = '"$(docker volume inspect -f "{{.Mountpoint}}" blog_data)"'
  it('an archive of offen/docker-volume-backup: its directory becomes the volume, and is rolled back', async () => {
    await field.lay({ case: '16', project: 'blog' })
    // As its service `backup` mounts the volume, and as its program names members.
    await field.testHost.must(`echo old > ${at}/page; mkdir -p /backup/blog
docker run --rm -v blog_data:/backup/my-app-backup:ro -v /backup/blog:/archive --entrypoint tar busybox:latest -C / -czf /archive/backup-2026-11-28T03-00-00.tar.gz backup
cp /backup/blog/backup-2026-11-28T03-00-00.tar.gz /backup/blog/backup-2026-11-27T03-00-00.tar.gz; touch -d 2026-11-27 /backup/blog/backup-2026-11-27*
echo new > ${at}/page; echo later > ${at}/upload`)
    expect(await field.type('init server --project blog')).toEqual(done)
    const text = await plan('blog')
    expect(text).toContain('archive: "${{ inputs.backup }}/backup-2026-11-28T03-00-00.tar.gz"')
    expect(text).toContain('from: backup/my-app-backup,')
    expect(await field.type('run plans/blog-restore --id blog-1 --yes')).toEqual(done)
    const served =
      'docker exec blog-1-web-1 sh -c "cat /var/www/html/page; ls /var/www/html/upload 2> /dev/null || :"'
    expect(await field.testHost.must(served)).toBe('old')
    expect(await field.type('rollback blog-1')).toEqual(done)
    expect(await field.testHost.must(`cat ${at}/page ${at}/upload; docker volume ls -q`)).toBe(
      'new\nlater\nblog_data',
    )
  })

  it('an archive per volume, as `docker run … tar` writes it: all of it becomes the volume that it is called like', async () => {
    await field.lay({ case: '16', project: 'blog' })
    await field.testHost.must(`echo old > ${at}/page; mkdir -p /backup/blog
docker run --rm -v blog_data:/data -v /backup/blog:/backup busybox:latest tar czf /backup/blog_data-2026-11-28.tar.gz -C /data .
echo new > ${at}/page`)
    expect(await field.type('init server --project blog')).toEqual(done)
    expect(await plan('blog')).toContain('- { from: ".", volume: "${{ run.id }}_data"')
    expect(await field.type('run plans/blog-restore --id blog-2 --yes')).toEqual(done)
    expect(await field.testHost.must('docker exec blog-2-web-1 cat /var/www/html/page')).toBe('old')
  })
})

describe('14', () => {
  const down = (project: string) =>
    field.testHost.must(`cd /srv/${project} && docker compose --progress quiet down -v`)

  it('a new machine with the Compose file and the backup: restored under its own names, and rolled back to nothing', async () => {
    await field.lay({ case: '14', project: 'fourteen' })
    await field.testHost.must(
      'echo kept > "$(docker volume inspect -f "{{.Mountpoint}}" fourteen_data)/file"',
    )
    await field.backUp({ project: 'fourteen' })
    await down('fourteen')
    const without = await field.type('init server')
    expect(without).toEqual(refused)
    expect(without.output).toContain('reinstate init server --file')
    await field.testHost.must('mkdir -p /backup/other/unrelated; touch /backup/other/unrelated/file')
    const lacking = await field.type('init server --file /srv/fourteen/compose.yaml --backup /backup/other')
    expect(lacking).toEqual(refused)
    expect(lacking.output).toContain('volume fourteen_data: there is no folder data')
    expect(await field.type('init server --file /srv/fourteen/compose.yaml')).toEqual(done)
    expect(await field.type('run plans/fourteen-restore --id fourteen-1 --yes')).toEqual(done)
    expect(await field.page()).toBe('{"status": "ok"}')
    expect(await field.testHost.must('docker exec fourteen-web-1 cat /data/file')).toBe('kept')
    expect(await field.type('rollback fourteen-1')).toEqual(done)
    expect(await field.testHost.must('docker ps -aq; docker volume ls -q')).toBe('')
  })

  it('a database: after the run a plain docker compose up -d is the restored stack', async () => {
    await field.lay({ case: '19', project: 'shop' })
    await field.add(60)
    await field.testHost.must(
      'cd /srv/shop && docker compose stop && rsync -aHAXR /./var/lib/docker/volumes/shop_pg/_data /backup/shop/ && docker compose start',
    )
    await down('shop')
    const init = 'init server --file /srv/shop/compose.yaml'
    await field.testHost.must('mv /srv/shop/.env /srv/env')
    expect((await field.type(`${init} --out plans/first`)).output).toContain(
      'the Compose file uses POSTGRES_PASSWORD, which nothing',
    )
    await field.testHost.must('mv /srv/env /srv/shop/.env')
    expect(await field.type(init)).toEqual(done)
    expect(await plan('shop')).toContain('kind: postgres-audit')
    expect(await field.type('run plans/shop-restore --id shop-anew --yes')).toEqual(done)
    expect(await field.page()).toBe('{"rows": 60}')
    await field.testHost.must(
      'cd /srv/shop && docker compose --progress quiet down && docker compose --progress quiet up -d --wait',
    )
    expect(await field.page()).toBe('{"rows": 60}')
  })
})

describe('containers of docker run', () => {
  it('are listed with their volumes, and refused plainly', async () => {
    await field.testHost.must('docker run -d --name plain -v plain_data:/data busybox sleep 1000 > /dev/null')
    const found = await field.type('init server')
    expect(found).toEqual(refused)
    expect(found.output).toContain('plain (busybox, plain_data at /data)')
    expect(found.output).toContain('init writes no plan for these')
  })
})

describe('the Compose file is gone, and the backup has it', () => {
  it('is said with the command that puts it back', async () => {
    await field.lay({ case: '14', project: 'fourteen' })
    await field.testHost.must(
      'mkdir -p /backup/fourteen/conf; mv /srv/fourteen/compose.yaml /backup/fourteen/conf/docker-compose.yml',
    )
    const command = 'cp -a /backup/fourteen/conf/docker-compose.yml /srv/fourteen/compose.yaml'
    expect((await field.type('init server')).output).toContain(command)
    await field.testHost.must('docker rm -f $(docker ps -aq) > /dev/null')
    const found = await field.type('init server --file /srv/fourteen/compose.yaml --backup /backup/fourteen')
    expect(found).toEqual(refused)
    expect(found.output).toContain(command)
  })
})
