import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { InvalidSettings, readSettings } from '../../src/settings.ts'
import { run } from '../service.ts'

const MONGODB_URI = 'mongodb://db:27017/mech'
const PASSWORD = 'canary-password'

describe('readSettings', () => {
  it('has defaults for all but the database', () => {
    const { port, logLevel, corsOrigins } = readSettings({ MONGODB_URI })
    assert.deepEqual({ port, logLevel, corsOrigins }, { port: 3011, logLevel: 'info', corsOrigins: [] })
  })

  it('names every variable that is missing or wrong', () => {
    const environment = { PORT: '0', LOG_LEVEL: 'loud', CORS_ORIGINS: 'https://example.org, example.net/' }
    assert.throws(
      () => readSettings(environment),
      ({ problems }: InvalidSettings) => {
        const names = ['MONGODB_URI', 'PORT', 'LOG_LEVEL', 'CORS_ORIGINS']
        assert.deepEqual(
          problems.map((problem) => problem.split(' ')[0]),
          names,
        )
        return true
      },
    )
  })

  it('refuses a URI without a database', () => {
    assert.throws(() => readSettings({ MONGODB_URI: 'mongodb://db:27017' }), InvalidSettings)
  })
})

describe('server', () => {
  it('ends with exit status 1 and a line for each problem, without the value of MONGODB_URI', async () => {
    const { exitCode, output } = await run('server', [], {
      MONGODB_URI: `mongo://user:${PASSWORD}@db/mech`,
      PORT: 'x',
    })
    assert.equal(exitCode, 1)
    assert.match(output, /MONGODB_URI is missing or wrong/)
    assert.match(output, /PORT is \\"x\\"/)
    assert.ok(!output.includes(PASSWORD))
  })
})
