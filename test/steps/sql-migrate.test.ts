import { beforeEach, describe, expect, it } from 'vitest'
import { sqlMigrate } from '../../src/steps/sql-migrate/index.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { fields, sqlFile } from './joins/sql-migrate.ts'
import { served } from './joins/postgres-audit.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
beforeEach(async () => {
  await stage.clear()
  await must(served)
})

const must = (script: string) => stage.testHost.must(script)
const sql = (text: string, user = 'postgres') =>
  must(
    `docker exec -i live psql -qAtX -v ON_ERROR_STOP=1 -U ${user} -d guestbook 2>&1 <<'SQL'\n${text}\nSQL`,
  )
const stepOf = (changed: object = {}) => fieldsOf(sqlMigrate, { ...fields, ...changed })

describe('try', () => {
  it('applies and undoes', async () => {
    const step = stepOf()
    const bound = stage.step()
    console.log(JSON.stringify(await sqlMigrate.inspect(step, bound.at()), null, 1))
    await sqlMigrate.apply(step, null, bound.at())
    console.log(await sql('select name, changes, label, contents from reinstate.applied; select definitions_after from reinstate.applied'))
    console.log(await sqlMigrate.verify(step, bound.at()))
    console.log(JSON.stringify(await sqlMigrate.inspect(step, bound.at())))
    await sql(`insert into bus.message values (gen_random_uuid(), 'x')`)
    console.log(await sqlMigrate.undo(step, null, bound.at('undo-1')))
    console.log(await sql(`\\dn`))
  }, 60_000)
})
