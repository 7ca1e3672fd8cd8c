import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dumpRestore } from '../../src/steps/dump-restore/index.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { dumped, IMAGE, source } from './joins/dump-restore.ts'
import { inspected, stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
const must = (script: string) => stage.testHost.must(script, { timeoutSeconds: 120 })
const shop = { server: 'postgres', image: IMAGE, volume: 'fresh', database: 'shop', globals: '/backup/dumps/globals.sql' }
const stepOf = (fields: object) => fieldsOf(dumpRestore, { ...shop, ...fields })

beforeAll(async () => {
  await must(source)
  await must(
    [
      dumped('pg_dump -U postgres shop', 'shop.sql'),
      dumped('pg_dump -U postgres shop | gzip', 'shop.sql.gz'),
      dumped('pg_dump -U postgres --clean -C shop', 'shop-create.sql'),
      dumped('pg_dump -U postgres --inserts shop', 'inserts.sql'),
      dumped('pg_dump -U postgres --column-inserts --rows-per-insert=7 shop', 'columns.sql'),
      dumped('pg_dumpall -U postgres', 'all.sql'),
      dumped('pg_dumpall -U postgres --clean', 'all-clean.sql'),
      dumped('pg_dump -U postgres -Fc shop', 'shop.dump'),
      dumped('pg_dump -U postgres -Ft shop', 'shop.tar'),
      'docker exec source pg_dump -U postgres -Fd -f /dumps/shop.dir shop',
    ].join('\n'),
  )
}, 120_000)
beforeEach(() => must('docker volume rm -f fresh > /dev/null'))

/** Inspects, loads and proves. */
async function restored(fields: object) {
  const step = stepOf(fields)
  const bound = stage.step()
  const { priorState, changes } = await inspected(dumpRestore, step, bound.at())
  await dumpRestore.apply(step, priorState, bound.at())
  return { bound, step, priorState, changes, verified: await dumpRestore.verify(step, bound.at()) }
}

const FORMATS: readonly (readonly [string, object])[] = [
  ['SQL', { dump: '/backup/dumps/shop.sql' }],
  ['SQL in gzip', { dump: '/backup/dumps/shop.sql.gz' }],
  ['SQL with --clean --create', { dump: '/backup/dumps/shop-create.sql' }],
  ['SQL with --inserts', { dump: '/backup/dumps/inserts.sql' }],
  ['SQL with --column-inserts, several rows each', { dump: '/backup/dumps/columns.sql' }],
  ['a custom archive', { dump: '/backup/dumps/shop.dump' }],
  ['a tar archive', { dump: '/backup/dumps/shop.tar' }],
  ['a directory', { dump: '/backup/dumps/shop.dir' }],
  ['pg_dumpall', { dump: '/backup/dumps/all.sql', database: undefined, globals: undefined }],
  ['pg_dumpall --clean', { dump: '/backup/dumps/all-clean.sql', database: undefined, globals: undefined }],
]

describe('dump-restore, postgres', () => {
  it.each(FORMATS)('restores and proves %s', async (_, fields) => {
    const { verified, changes } = await restored(fields)
    console.log(changes, verified)
    expect(verified).toMatchObject({ strength: 'proven', outputs: { volume: 'fresh' } })
  }, 60_000)
})
