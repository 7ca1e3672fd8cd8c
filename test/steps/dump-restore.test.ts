import { beforeAll, describe, expect, it } from 'vitest'
import { dumpRestore } from '../../src/steps/dump-restore/index.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { dumped, IMAGE, source } from './joins/dump-restore.ts'
import { itInDepth } from '../depth.ts'
import { inspected, stageOfFile } from './stage.ts'

// Each format and each failure: dump-restore-postgres.test.ts.
const stage = stageOfFile({ stays: true })
const must = (script: string) => stage.testHost.must(script)
const stepOf = (file: string, volume: string) =>
  fieldsOf(dumpRestore, {
    ...{ server: 'postgres', image: IMAGE, volume, database: 'shop' },
    ...{ dump: `/backup/dumps/${file}`, globals: '/backup/dumps/globals.sql' },
  })

beforeAll(() =>
  must(`${source}\n${dumped('pg_dump -U postgres shop', 'shop.sql')}\ndocker rm -fv source > /dev/null`),
)

describe('dump-restore', () => {
  it('loads a dump of PostgreSQL into a fresh volume, proves it by a second dump, and removes it', async () => {
    const [step, bound] = [stepOf('shop.sql', 'fresh'), stage.step()]
    const { priorState } = await inspected(dumpRestore, step, bound.at())
    await dumpRestore.apply(step, priorState, bound.at())
    expect(await dumpRestore.verify(step, bound.at())).toMatchObject({
      strength: 'proven',
      outputs: { volume: 'fresh' },
      facts: { tables: 5, rows: 1502, largeObjects: 1, sequences: 2 },
    })
    expect(await dumpRestore.undo(step, priorState, bound.at('undo-1'))).toEqual([])
    expect(await must('docker volume ls -q; docker ps -aq')).toBe('')
  })

  itInDepth('says how many rows the live server has that the dump lacks', async () => {
    const live = { project: 'shop', service: 'db' }
    const [step, bound] = [{ ...stepOf('shop.sql', 'counted'), live }, stage.step()]
    const { priorState } = await inspected(dumpRestore, step, bound.at())
    await dumpRestore.apply(step, priorState, bound.at())
    await must(`docker volume create live > /dev/null
      cp -a "$(docker volume inspect -f '{{.Mountpoint}}' counted)/." "$(docker volume inspect -f '{{.Mountpoint}}' live)/"
      docker run -d --name live --label com.docker.compose.project=shop --label com.docker.compose.service=db --label com.docker.compose.oneoff=False -v live:/var/lib/postgresql/data ${IMAGE} > /dev/null
      until docker exec live pg_isready -q; do sleep 0.1; done
      docker exec live psql -qX -U postgres -d shop -c 'insert into public.empty values (1), (2)'`)
    const { summary, facts } = await dumpRestore.verify(step, bound.at())
    await must('docker rm -f live > /dev/null; docker volume rm live > /dev/null')
    expect(summary).toContain(
      'the live service db of project shop has 1504 rows, and the backup lacks 2 rows of public.empty; ',
    )
    expect(facts).toMatchObject({ rows: 1502, liveRows: 1504 })
    await dumpRestore.undo(step, priorState, bound.at('undo-1'))
  })

  it('refuses a truncated dump, and stops at the first error where psql reads on and exits with 0', async () => {
    await must(`cd /backup/dumps; head -n 900 shop.sql > short.sql
sed '/^CREATE VIEW/i ALTER TABLE sales.nowhere ADD n int;' shop.sql > bad.sql`)
    await expect(dumpRestore.inspect(stepOf('short.sql', 'bad'), stage.step().at())).rejects.toThrow(
      'is truncated after line 900',
    )
    const [step, bound] = [stepOf('bad.sql', 'bad'), stage.step()]
    const { priorState } = await inspected(dumpRestore, step, bound.at())
    await expect(dumpRestore.apply(step, priorState, bound.at())).rejects.toThrow(
      /line \d+ of \/backup\/dumps\/bad\.sql: ERROR: {2}relation "sales\.nowhere" does not exist/,
    )
    await dumpRestore.undo(step, priorState, bound.at('undo-1'))
  })
})
