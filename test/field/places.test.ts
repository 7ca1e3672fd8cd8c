import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openField, type Field } from './field.ts'

let field: Field
beforeAll(async () => {
  field = await openField()
})
afterEach(async () => {
  await field.clear()
  await field.testHost.must('rm -rf /storage')
})
afterAll(() => field.close())

/** Each runs a restore and its rollback. */
const LONG = 600_000
const done = expect.objectContaining({ code: 0 }) as unknown
const plan = (name: string) => readFile(join(field.folder, 'plans', `${name}-restore`, 'plan.yaml'), 'utf8')

describe('case 01: the database is in a volume without a name', () => {
  it('init finds it where it is, says that the backup lacks it, and writes no plan', async () => {
    await field.lay({ case: '01', project: 'one' })
    await field.add(5)
    await field.backUp({ project: 'one' })
    await field.testHost.must('echo image > "$(docker volume inspect -f "{{.Mountpoint}}" one_media)/one"')
    for (const media of ['', 'rm -r /backup/one/pgdata', 'echo image > /backup/one/media/one']) {
      await field.testHost.must(media || ':')
      const found = await field.type('init server --project one')
      expect(found.code).toBe(2)
      expect(found.output).toMatch(
        /the anonymous volume of service db at \/var\/lib\/postgresql \(PostgreSQL 17\): there is no folder db-var-lib-postgresql/,
      )
    }
    await expect(plan('one')).rejects.toThrow('ENOENT')
  })
  it(
    'restores it from a folder of the backup that holds it',
    async () => {
      await field.lay({ case: '01', project: 'one' })
      await field.add(5)
      const at = await field.testHost.must(
        `docker inspect -f '{{range .Mounts}}{{if eq .Destination "/var/lib/postgresql"}}{{.Source}}{{end}}{{end}}' one-db-1`,
      )
      await field.backUp({ project: 'one', directories: { 'db-var-lib-postgresql': at.trim() } })
      await field.add(3)
      expect(await field.type('init server --project one')).toEqual(done)
      expect(await field.type('run plans/one-restore --id one-1 --yes')).toEqual(done)
      expect(await field.page()).toBe('{"rows": 5}')
      expect(await field.type('rollback one-1')).toEqual(done)
      expect(await field.page()).toBe('{"rows": 8}')
    },
    LONG,
  )
})

describe('case 06: every volume is a directory by its driver_opts', () => {
  it(
    'restores the directories, and the rollback puts the old ones back',
    async () => {
      await field.testHost.must(
        'mkdir -p /storage/six/pg /storage/six/n8n; echo key > /storage/six/n8n/config',
      )
      await field.lay({ case: '06', project: 'six' })
      await field.add(60)
      await field.backUp({
        project: 'six',
        directories: { pg: '/storage/six/pg', n8n: '/storage/six/n8n' },
      })
      await field.add(6)
      expect(await field.type('init server --project six')).toEqual(done)
      expect(await field.type('run plans/six-restore --id six-1 --yes')).toEqual(done)
      expect(await field.page()).toBe('{"rows": 60}')
      expect(await field.testHost.must('docker volume inspect -f "{{.Options.device}}" six-1_pg')).toMatch(
        /^\/storage\/six\/pg-six-1\s*$/,
      )
      expect(await field.type('rollback six-1')).toEqual(done)
      expect(await field.page()).toBe('{"rows": 66}')
    },
    LONG,
  )
  it('writes no plan where nothing would be restored', async () => {
    await field.testHost.must('mkdir -p /storage/six/pg /storage/six/n8n')
    await field.lay({ case: '06', project: 'six' })
    await field.add(1)
    // The volumes' own directories are empty while no container runs, and so are these copies.
    await field.backUp({ project: 'six' })
    const found = await field.type('init server --project six')
    expect(found.code).toBe(2)
    expect(found.output).toContain('the folder pg is empty')
  })
})

it(
  'case 26: empty places beside full ones are mounted as they are, and named',
  async () => {
    await field.lay({ case: '26', project: 'auth' })
    await field.testHost.must('echo photo > /srv/auth/media/photo')
    await field.add(50)
    await field.backUp({
      project: 'auth',
      directories: { media: '/srv/auth/media', 'custom-templates': '/srv/auth/custom-templates' },
    })
    await field.add(5)
    const found = await field.type('init server --project auth')
    expect(found).toEqual(done)
    expect(found.output).toMatch(/directory \/srv\/auth\/custom-templates +empty/)
    expect(found.output).toMatch(/volume auth_cache +empty/)
    expect(await field.type('run plans/auth-restore --id auth-1 --yes')).toEqual(done)
    expect(await field.page()).toBe('{"rows": 50}')
    expect(await field.type('rollback auth-1')).toEqual(done)
    expect(await field.page()).toBe('{"rows": 55}')
  },
  LONG,
)

it(
  'case 37: directories that are gone are restored from their folders',
  async () => {
    await field.lay({ case: '37', project: 'lost' })
    await field.testHost.must(
      'cd /srv/lost; echo d > data/d; echo u > uploads/u; mkdir -p /srv/lost/data/empty',
    )
    await field.backUp({
      project: 'lost',
      directories: { data: '/srv/lost/data', uploads: '/srv/lost/uploads' },
    })
    await field.testHost.must('cd /srv/lost; docker compose stop; rm -r data uploads')
    expect(await field.type('init server --project lost')).toEqual(done)
    expect(await field.type('run plans/lost-restore --id lost-1 --yes')).toEqual(done)
    expect(await field.page()).toBe('{"status": "ok"}')
    expect(
      await field.testHost.must(
        'docker exec "$(docker ps -q --filter label=com.docker.compose.project=lost-1)" cat /data/d /uploads/u',
      ),
    ).toMatch(/^d\s+u\s*$/)
    expect(await field.type('rollback lost-1')).toMatchObject({ code: 0 })
  },
  LONG,
)
