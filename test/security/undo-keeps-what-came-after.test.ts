import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { kinds } from '../../src/steps/index.ts'
import type { ChangeKind, Json } from '../../src/steps/step-kind.ts'
import { fieldsOf, openStage, type Stage } from '../../testbed/step-stage.ts'
import { planFile } from '../steps/joins/file-write.ts'
import type { Joined } from '../steps/contract.ts'
import { inspected } from '../steps/stage.ts'
import { FIND, FORGET, PLACES, unnamed, WRITTEN } from '../steps/written-after.ts'

interface Place {
  readonly name: string
  /** A script of the writer's: after the step, before its undo. */
  readonly write: string
  /** Run before the step, after the kind's own. */
  readonly arrange?: string
  readonly fields?: object
  /** Where the data is well without a word of the undo: the place that it had before the step. */
  readonly isWellAt?: string
  /** Written by a program of this name of the undo, just before it does its work: a writer that comes late. */
  readonly before?: string
}

interface Tried {
  readonly fields: object
  readonly arrange: string
  readonly places: readonly Place[]
}

const append = (path: string) => `echo ${WRITTEN} >> '${path}'`

/** The same where it is still there, and noted apart. */
const appendLate = (path: string) =>
  `[ ! -e '${path}' ] || { echo $mark >> '${path}'; echo $mark >> /run/marks; }`
/** A file that the step writes to `path`, which others write to. */
const file = (path: string): readonly Place[] => [
  { name: 'a new file', write: append(path) },
  {
    name: 'a file that replaced another',
    arrange: `echo A=old > ${path}; chmod 600 ${path}`,
    write: append(path),
  },
  { name: 'a directory in its place', write: `rm ${path}; mkdir ${path}; echo ${WRITTEN} > ${path}/one` },
  {
    name: 'a file that replaced another, while the undo runs',
    arrange: `echo A=old > ${path}; chmod 600 ${path}`,
    before: 'mv',
    write: appendLate(path),
  },
  { name: 'a new file, while the undo runs', before: 'rm', write: appendLate(path) },
]

const tree = 'mkdir -p /backup/tree/sub; cd /backup/tree; echo one > a.png; echo two > sub/b.png'

const inTree = (path: string): readonly Place[] => [
  { name: 'a file that was copied', write: append(`${path}/sub/b.png`) },
  { name: 'a new file beside them', write: `echo ${WRITTEN} > ${path}/sub/new` },
  { name: 'a new directory', write: `mkdir ${path}/new; echo ${WRITTEN} > ${path}/new/one` },
]

const tried: Readonly<Record<string, Tried>> = {
  directories: {
    fields: { paths: ['/srv/app/data/deep'] },
    arrange: ':',
    places: [
      { name: 'a directory that it made', write: `echo ${WRITTEN} > /srv/app/data/deep/one` },
      { name: 'a directory on the way', write: `echo ${WRITTEN} > /srv/app/.one` },
      {
        name: 'a directory that it made, while the undo runs',
        before: 'rmdir',
        write: `[ ! -d /srv/app/data/deep ] || { echo $mark > /srv/app/data/deep/$mark; echo $mark >> /run/marks; }`,
      },
    ],
  },
  'file-write': {
    fields: { path: '/srv/app.conf', from: planFile('one\n'), mode: '0600' },
    arrange: ':',
    places: file('/srv/app.conf'),
  },
  'env-file': { fields: { path: '/srv/.env', values: { A: 'b' } }, arrange: ':', places: file('/srv/.env') },
  'secrets-audit': {
    fields: { path: '/srv/master.env', sources: [{ file: '/root/list.env' }], require: ['PASSWORD'] },
    arrange: 'echo PASSWORD=x > /root/list.env; chmod 600 /root/list.env',
    places: file('/srv/master.env'),
  },
  'file-copy': {
    fields: { from: '/backup/tree', to: '/srv/uploads' },
    arrange: tree,
    places: [
      ...inTree('/srv/uploads'),
      {
        name: 'a file that was copied, while the undo runs',
        before: 'mv',
        write: `case $* in */b.png) ${appendLate('/srv/uploads/sub/b.png')} ;; esac`,
      },
      {
        name: 'a file that was added to a directory that was there',
        arrange: 'mkdir -p /srv/uploads/sub; touch /srv/uploads/mine',
        fields: { into: 'existing' },
        write: append('/srv/uploads/sub/b.png'),
      },
    ],
  },
  'volume-restore': {
    fields: { from: '/backup/tree', path: '/srv/data' },
    arrange: tree,
    places: [
      ...inTree('/srv/data'),
      {
        name: 'a file that was copied, while the undo moves it away',
        before: 'mv',
        write: appendLate('/srv/data/sub/b.png'),
      },
      {
        name: 'a volume',
        fields: { path: undefined, volume: 'fresh' },
        write: `docker run --rm -v fresh:/x --entrypoint sh testbed/nginx:1 -c 'echo ${WRITTEN} >> /x/sub/b.png'`,
      },
    ],
  },
  move: {
    fields: { from: '/srv/build', to: '/srv/live' },
    arrange: 'mkdir -p /srv/build/sub; echo one > /srv/build/sub/a',
    places: [
      { name: 'what was moved', write: append('/srv/live/sub/a'), isWellAt: '/srv/build' },
      {
        name: 'what came to the old place',
        write: `mkdir /srv/build; echo ${WRITTEN} > /srv/build/one`,
        isWellAt: '/srv/build',
      },
    ],
  },
  quarantine: {
    fields: { paths: ['/srv/old'], protect: ['/backup'] },
    arrange: 'mkdir -p /srv/old; echo one > /srv/old/a',
    places: [
      {
        name: 'what is set aside',
        write: `echo ${WRITTEN} | tee -a /srv/.reinstate-quarantine/*/old/a`,
        isWellAt: '/srv/old',
      },
      {
        name: 'what came to the old place',
        write: `mkdir /srv/old; echo ${WRITTEN} > /srv/old/one`,
        isWellAt: '/srv/old',
      },
    ],
  },
}

/** Kinds whose undo takes nothing away that others could have written to. */
const takesNothing: Readonly<Record<string, string>> = {
  command: 'its undo is a script of the plan',
  'http-load': 'its undo ends its own client',
  'image-build': 'its undo takes a tag away, and nobody writes into an image',
  'image-pull': 'its undo takes an image away that no container uses, and nobody writes into an image',
  'image-push': 'its undo takes a tag away, and nobody writes into an image',
  'postgres-backup':
    'its undo keeps a backup that has its name; what is unfinished lies where only root may enter',
  'sql-migrate':
    'its undo dumps the rows that came after, and names the dump: test/steps/sql-migrate.test.ts',
  'role-password': 'its undo sets a password, and only where it is still its own',
}

describe('C3 › an undo keeps what was written after the step, and says where it is', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    // A writer that comes just before a program of the undo; each time with another mark.
    await stage.testHost.must(`
for name in mv rm rmdir cp; do
  printf '#!/bin/sh\\ncase $* in */srv/*) ;; */var/lib/reinstate/*) exec /usr/bin/%s "$@" ;; esac\\n[ ! -e /run/before-%s ] || sh /run/before-%s "$@"\\nexec /usr/bin/%s "$@"\\n' $name $name $name $name > /usr/local/bin/$name
  chmod 755 /usr/local/bin/$name
done`)
  })
  afterAll(() => stage?.close())

  it('C3 › every kind that changes a host has a writer here or in the contract suite, or takes nothing away', async () => {
    const changing = [...kinds.values()].filter(({ shape }) => shape === 'change').map(({ kind }) => kind)
    for (const kind of changing.filter((kind) => !(kind in tried) && !(kind in takesNothing))) {
      const { joined } = (await import(`../steps/joins/${kind}.ts`)) as { joined: Joined }
      expect({ kind, places: joined.written?.places }).toMatchObject({ places: expect.any(Array) as unknown })
    }
  })

  for (const [name, { fields, arrange, places }] of Object.entries(tried)) {
    const kind = kinds.get(name) as ChangeKind<string, z.ZodRawShape, Json>
    for (const place of places)
      it(`C3 › ${name} › undo › keeps and names what was written into ${place.name}`, async () => {
        const { must } = stage.testHost
        await stage.clear()
        await must(
          `rm -rf /root/list.env /run/marks /run/before-* /backup/tree\n${FORGET}\n${arrange}\n${place.arrange ?? ':'}`,
        )
        const bound = stage.step()
        const step = fieldsOf(kind, { ...fields, ...place.fields })
        const { priorState } = await inspected(kind, step, bound.at())
        await kind.apply(step, priorState, bound.at())
        if (place.before === undefined) await must(place.write)
        else
          await must(
            `cat > /run/before-${place.before} <<'END'\nPATH=/usr/bin:/bin; mark=${WRITTEN}-$(date +%s%N)\n${place.write}\nEND`,
          )
        const leftovers = await kind.undo(step, priorState, bound.at('undo-1'))
        await must('rm -f /run/before-*')

        const found = (await must(FIND)).split('\n').filter(Boolean)
        const lost = `[ ! -e /run/marks ] || while read -r mark; do grep -rqsF -e $mark ${PLACES} || echo $mark; done < /run/marks`
        if (place.before !== undefined)
          expect({ late: await must('cat /run/marks'), lost: await must(lost) }).toMatchObject({ lost: '' })
        expect({ found, leftovers }).toMatchObject({
          found: expect.arrayContaining([expect.any(String)]) as unknown,
        })
        expect({ unnamed: unnamed(found, leftovers, place.isWellAt), leftovers }).toMatchObject({
          unnamed: [],
        })
      })
  }
})
