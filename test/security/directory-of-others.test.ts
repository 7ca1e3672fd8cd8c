import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from '../../src/steps/index.ts'
import { notesOnForeignParents } from '../../src/steps/shared/foreign-parents.ts'
import type { ChangeKind, Json } from '../../src/steps/step-kind.ts'
import type { z } from 'zod'
import { fieldsOf, openStage, type Stage } from '../../testbed/step-stage.ts'
import { itInDepth } from '../depth.ts'
import { planFile } from '../steps/joins/file-write.ts'
import { served } from '../steps/joins/postgres-audit.ts'
import { backedUp } from '../steps/joins/postgres-backup.ts'
import { inspected } from '../steps/stage.ts'
import {
  layVictims,
  readBy,
  settleStranger,
  STRANGER,
  tokensSeen,
  watched,
  withStranger,
} from './stranger.ts'
import type { Attack } from './stranger.ts'

const SECRET = 'Sup3rS3cret-Production-Pw'
const OLD_SECRET = 'Old-S3cret-Production-Pw'

interface Tried {
  readonly fields: object
  readonly attacks: readonly (Attack & {
    readonly during: 'apply' | 'undo'
    /** Run as root before the step, in /srv/app of the stranger's. */
    readonly arrange?: string
    readonly fields?: object
    /** The apply fails, so that the undo has something to remove. */
    readonly unfinished?: boolean
  })[]
  readonly arrange?: string
  /** What an undo leaves behind after a whole apply. */
  readonly kept?: string
}

const tree = `mkdir -p /backup/tree/sub; cd /backup/tree; echo one > a.png; echo two > sub/a.png; chown -R app:app .; cd /srv/app`
const oldOfApp = (name: string) => `echo A=old > ${name}; chown app:app ${name}; chmod 644 ${name}`
const oldOfRoot = (name: string) => `echo A=${OLD_SECRET} > ${name}; chmod 600 ${name}`
const emptyOfApp = 'mkdir uploads; chown app:app uploads'

/** An old file of the stranger's, and a service that has read it and reads it again after a write and an undo. */
const readByService = {
  fields: { reload: { project: 'site', service: 'reader', test: ['true'], run: ['true'] } },
  arrange: `${oldOfApp('app.conf')}
docker run -d --name reader --label com.docker.compose.project=site --label com.docker.compose.service=reader --label com.docker.compose.oneoff=False \
  -v /srv/app:/etc/app:ro --entrypoint sleep testbed/nginx:1 infinity > /dev/null`,
}

/** One file with mode 0600: how env-file and secrets-audit write it. */
const privateFile = (name: string): Tried['attacks'] => [
  { during: 'apply', at: 'names', to: 'its own file' },
  { during: 'apply', at: 'names', to: "root's file", arrange: oldOfApp(name) },
  { during: 'apply', at: 'chown', to: "root's file", arrange: oldOfApp(name) },
  { during: 'apply', at: 'chmod', to: 'another stack', arrange: oldOfApp(name) },
  { during: 'undo', at: 'names', to: 'its own file', arrange: oldOfRoot(name) },
  { during: 'undo', at: 'names', to: "root's file", arrange: oldOfApp(name) },
  { during: 'undo', at: 'chown', to: "root's file", arrange: oldOfApp(name) },
]

/** A server with a secret in a row, once for all tests; and a base backup of another stack's, which nobody has recovered yet. */
const serverWithSecret = `[ -n "$(docker ps -q --filter name=^live$)" ] || {
${served}
docker exec live psql -qX -U postgres -d guestbook -c "create table secret as select '${SECRET}' as it"
}`
const unrecovered = `mkdir /srv/other/data/stage
docker exec live pg_basebackup -w -U postgres -D - -F tar -X fetch -c fast --manifest-checksums=SHA256 | tar -C /srv/other/data/stage --numeric-owner -xpf -
chown 999:999 /srv/other/data/stage /srv/other/data/stage/backup_manifest; chmod 700 /srv/other/data/stage`

/** Each kind that writes to paths, in a directory of the stranger's. */
const tried: Readonly<Record<string, Tried>> = {
  'env-file': {
    fields: { path: '/srv/app/.env', values: { POSTGRES_PASSWORD: SECRET } },
    attacks: privateFile('.env'),
  },
  'secrets-audit': {
    fields: {
      path: '/srv/app/master.env',
      sources: [{ file: '/root/list.env' }],
      require: ['POSTGRES_PASSWORD'],
    },
    arrange: `echo POSTGRES_PASSWORD=${SECRET} > /root/list.env; chmod 600 /root/list.env`,
    // It writes as env-file does: the ways by names are enough.
    attacks: privateFile('master.env').filter(({ at }) => at === 'names'),
  },
  'file-write': {
    fields: { path: '/srv/app/app.conf', from: planFile(`password ${SECRET}\n`), mode: '0600' },
    attacks: [
      { during: 'apply', at: 'names', to: 'its own file' },
      { during: 'apply', at: 'names', to: "root's file", arrange: oldOfApp('app.conf') },
      { during: 'apply', at: 'chown', to: "root's file", arrange: oldOfApp('app.conf') },
      { during: 'apply', at: 'chmod', to: 'another stack', arrange: oldOfApp('app.conf') },
      { during: 'undo', at: 'names', to: 'its own file', arrange: oldOfRoot('app.conf') },
      { during: 'undo', at: 'names', to: "root's file", arrange: oldOfApp('app.conf') },
      { during: 'apply', at: 'names', to: "root's file", ...readByService },
      { during: 'apply', at: 'chown', to: "root's file", ...readByService },
      { during: 'undo', at: 'names', to: "root's file", ...readByService },
    ],
  },
  directories: {
    fields: { paths: ['/srv/app/data'], owner: 'app', mode: '0777' },
    attacks: [
      { during: 'apply', at: 'chown', to: "root's directory" },
      { during: 'apply', at: 'chmod', to: 'another stack' },
      {
        during: 'apply',
        at: 'mkdir',
        to: "root's directory",
        fields: { paths: ['/srv/app/data/deep'], owner: 'app', mode: '0777' },
        arrange: 'mkdir data; chown app:app data',
      },
      {
        during: 'undo',
        at: 'rmdir',
        to: 'another stack',
        fields: { paths: ['/srv/app/data/empty'], mode: '0777' },
        arrange: 'mkdir data /srv/other/data/empty; chown app:app data',
      },
    ],
  },
  'file-copy': {
    fields: { from: '/backup/tree', to: '/srv/app/uploads' },
    arrange: tree,
    attacks: [
      { during: 'apply', at: 'names', to: 'another stack' },
      { during: 'apply', at: 'rsync', to: "root's directory" },
      {
        during: 'apply',
        at: 'rsync',
        to: 'another stack',
        fields: { into: 'existing' },
        arrange: `${emptyOfApp}; touch uploads/mine`,
      },
      { during: 'undo', at: 'rm', to: 'another stack' },
      { during: 'undo', at: 'chown', to: "root's directory", arrange: emptyOfApp },
    ],
  },
  'volume-restore': {
    fields: { from: '/backup/tree', path: '/srv/app/data' },
    arrange: tree,
    attacks: [
      { during: 'apply', at: 'names', to: 'another stack' },
      { during: 'apply', at: 'rsync', to: 'another stack' },
      {
        during: 'apply',
        at: 'mkdir',
        to: "root's directory",
        fields: { path: '/srv/app/sub/data' },
        arrange: 'mkdir sub; chown app:app sub',
      },
      { during: 'undo', at: 'rm', to: 'another stack' },
    ],
  },
  'archive-restore': {
    fields: { archive: '/backup/all.tar.gz', from: 'tree', path: '/srv/app/data' },
    arrange: `${tree}; tar -C /backup -czf /backup/all.tar.gz tree`,
    attacks: [
      { during: 'apply', at: 'names', to: 'another stack' },
      { during: 'apply', at: 'tar', to: 'another stack' },
      {
        during: 'apply',
        at: 'mkdir',
        to: "root's directory",
        fields: { path: '/srv/app/sub/data' },
        arrange: 'mkdir sub; chown app:app sub',
      },
      { during: 'undo', at: 'rm', to: 'another stack' },
    ],
  },
  move: {
    fields: { from: '/srv/app/from/build', to: '/srv/app/to/live' },
    arrange: 'mkdir from to from/build; echo one > from/build/a.png; chown -R app:app .',
    attacks: [
      { during: 'apply', at: 'mv', to: 'another stack' },
      { during: 'undo', at: 'mv', to: "root's directory" },
    ],
  },
  'postgres-backup': {
    fields: { container: 'live', image: backedUp.image, to: '/srv/app/db' },
    arrange: serverWithSecret,
    kept: '/srv/app/db',
    attacks: [
      { during: 'apply', at: 'names', to: 'another stack' },
      { during: 'apply', at: 'docker', to: 'another stack', arrange: unrecovered },
      { during: 'apply', at: 'tar', to: 'another stack' },
      { during: 'apply', at: 'mv', to: "root's directory" },
      {
        during: 'undo',
        at: 'rm',
        to: 'another stack',
        arrange: 'mkdir /srv/other/data/stage; echo one > /srv/other/data/stage/a.png',
        // It has no PostgreSQL to recover with.
        fields: { image: 'testbed/nginx:1' },
        unfinished: true,
      },
    ],
  },
  quarantine: {
    fields: { paths: ['/srv/app/old'], protect: ['/backup'] },
    arrange: 'mkdir old; echo one > old/a.png; chown -R app:app .',
    attacks: [
      { during: 'apply', at: 'mkdir', to: 'another stack' },
      { during: 'apply', at: 'mv', to: "root's directory" },
      { during: 'undo', at: 'mv', to: "root's directory" },
    ],
  },
}

/** Kinds that change a host and write to no path that a plan names, but for root's own originals. */
const writesNoPath: Readonly<Record<string, string>> = {
  command: 'what a script of the plan writes is the plan’s',
  'compose-up': 'the engine makes directories of binds',
  'compose-down': 'containers and networks',
  'containers-stop': 'containers',
  'dump-restore': 'a volume; what it reads is tried in dump-of-others.test.ts',
  'http-load': 'figures in its saved originals',
  'image-build': 'an image and its tags',
  'image-pull': 'an image',
  'image-push': 'a tag, and an image in a registry',
  prune: 'containers, images and networks',
  'role-password': 'a row of a database',
  'sql-migrate': 'rows and definitions of a database',
}

/** Also where the saved originals of a step are not: these build in a directory that stands among the stranger's. */
const places = {
  'a directory': ':',
  'a file system': `mount -t tmpfs -o mode=755,uid=${STRANGER},gid=${STRANGER} stranger /srv/app`,
}

describe('C2 › in a directory of an unprivileged user', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    await settleStranger(stage.testHost)
  })
  afterAll(() => stage?.close())

  it('C2 › every kind that changes a host is tried here, or said to write no path', () => {
    const changing = [...kinds.values()].filter(({ shape }) => shape === 'change').map(({ kind }) => kind)
    expect(changing.sort()).toEqual([...Object.keys(tried), ...Object.keys(writesNoPath)].sort())
  })

  it('C2 › a preview names each directory above a written path that others may write to, and no other', async () => {
    await stage.testHost.must(`${layVictims}
mkdir -p /srv/app/sub /srv/shared/sub '/srv/of root' /srv/sticky /srv/team
chmod 777 /srv/shared; chmod 1777 /srv/sticky; chgrp 1001 /srv/team; chmod 775 /srv/team`)
    const writes = (name: string) => ({ how: 'modifies', what: 'path', name }) as const
    const notes = await notesOnForeignParents(
      [
        ...[
          '/srv/app/sub/.env',
          '/srv/shared/sub/x',
          '/srv/of root/x',
          '/srv/sticky/x',
          '/srv/team/x',
          '/srv/no/x',
          '/x',
        ].map(writes),
        { how: 'reads', what: 'path', name: '/srv/other/data/x' },
      ],
      stage.step().at(),
    )
    await stage.testHost.must("rm -r /srv/shared '/srv/of root' /srv/sticky /srv/team")
    const note = (directory: string, owner: string) =>
      `others than root can write to ${directory} (${owner}), and so replace what this step writes below it`
    expect(notes).toEqual([
      note('/srv/app', 'app:app'),
      note('/srv/shared', 'root:root'),
      note('/srv/team', 'root:app'),
    ])
  })

  for (const [name, { fields, arrange = ':', attacks, kept }] of Object.entries(tried)) {
    const kind = kinds.get(name) as ChangeKind<string, z.ZodRawShape, Json>
    const begin = async (more: object, first: string, place: keyof typeof places = 'a directory') => {
      await stage.testHost.must(
        `docker rm -f reader > /dev/null 2>&1 || true\n! mountpoint -q /srv/app || umount -l /srv/app\n${layVictims}\n${places[place]}\nrm -rf /backup/tree; cd /srv/app\n${arrange}\n${first}`,
      )
      const bound = stage.step()
      const step = fieldsOf(kind, { ...fields, ...more })
      const { priorState } = await inspected(kind, step, bound.at())
      return { step, priorState, bound }
    }

    describe(name, () => {
      it(`C2 › ${name} › no argument list shows the token of the run`, async () => {
        await stage.testHost.must('rm -f /home/app/names')
        const { step, priorState, bound } = await begin({}, ':')
        await withStranger(stage.testHost, 'learn', async () => {
          await kind.apply(step, priorState, bound.at())
          await kind.undo(step, priorState, bound.at('undo-1'))
        })
        expect(await tokensSeen(stage.testHost)).toEqual([])
      })

      it(`C2 › ${name} › on a file system of its own › is undone without a trace`, async () => {
        const { step, priorState, bound } = await begin({}, ':', 'a file system')
        const there = () => stage.testHost.must('cd /srv/app; find . -printf "%p %y %m %u\\n" | sort')
        const before = await there()
        await kind.apply(step, priorState, bound.at())
        await kind.verify(step, bound.at())
        const left = await kind.undo(step, priorState, bound.at('undo-1'))
        expect(left.map(({ what }) => what)).toEqual(kept === undefined ? [] : [`path ${kept}`])
        if (kept !== undefined) await stage.testHost.must(`rm -r ${kept}`)
        expect(await there()).toBe(before)
      })

      for (const [
        place,
        { during, at, to, arrange: first = ':', fields: more = {}, unfinished },
      ] of attacks.flatMap((attack, index) => [
        ['a directory', attack] as const,
        ...(index === 0 || ['docker', 'rsync'].includes(attack.at) || attack.unfinished
          ? [['a file system', attack] as const]
          : []),
      ]))
        (place === 'a directory' ? it : itInDepth)(
          `C2 › ${name} › ${during} › follows no link that is laid at ${at} to ${to}, in ${place}`,
          async () => {
            const { testHost } = stage
            const { step, priorState, bound } = await begin(more, first, place)
            const applied = async () => kind.apply(step, priorState, bound.at())
            if (unfinished) await expect(applied()).rejects.toMatchObject({ name: 'CommandFailed' })
            else if (during === 'undo') await applied()
            const before = await watched(testHost)
            await withStranger(testHost, { at, to }, async () => {
              const doing = during === 'apply' ? applied() : kind.undo(step, priorState, bound.at('undo-1'))
              await doing.catch(() => undefined)
            })
            expect(await watched(testHost)).toBe(before)
            // A file that is replaced keeps its owner, who may read it then.
            const own = first.includes('chown app') && 'path' in step ? step.path : undefined
            const read = async (text: string) => (await readBy(testHost, text)).filter((path) => path !== own)
            expect(await read(SECRET)).toEqual([])
            expect(await read(OLD_SECRET)).toEqual([])
          },
        )
    })
  }
})
