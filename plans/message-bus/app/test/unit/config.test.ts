import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { InvalidSettings, readSettings, variables } from '../../src/config.ts'
import { runBus } from '../program.ts'

const PASSWORD = 'canary-password'
const DATABASE_URL = `postgres://bus_app:${PASSWORD}@db:5432/app`

/** A wrong value of each variable that has a form. */
const wrongValues: Readonly<Record<string, string>> = {
  MESSAGE_BUS_ENABLED: 'yes',
  MESSAGE_BUS_MODE: 'both',
  MESSAGE_BUS_ADOPT: 'always',
  MESSAGE_BUS_TTL_HOURS: '-1',
  MESSAGE_BUS_MAX_PAYLOAD_MB: '100MB',
  MESSAGE_BUS_COMPRESSION: 'zstd',
  MESSAGE_BUS_CHECKSUM_ENABLED: '1',
  MESSAGE_BUS_VERIFY_INTEGRITY: 'TRUE',
  MESSAGE_BUS_LOG_ALL_OPERATIONS: 'no',
  MESSAGE_BUS_CIRCUIT_BREAKER_THRESHOLD: '0',
  MESSAGE_BUS_CIRCUIT_BREAKER_TIMEOUT_SECS: '1e3',
  MESSAGE_BUS_FALLBACK_TO_WEBSOCKET: 'on',
  MESSAGE_BUS_WRITE_TIMEOUT_SECS: '10s',
  MESSAGE_BUS_READ_TIMEOUT_SECS: '0.5',
  MESSAGE_BUS_CLEANUP_INTERVAL_SECS: '86401',
  FRAME_LIMIT_MB: '501',
  SPOOL_LIMIT_MB: 'all',
  PORT: '65536',
  DAEMON_URL: 'http://daemon:8765',
  DATABASE_URL: `mysql://user:${PASSWORD}@db/app`,
  ANON_DATABASE_URL: `postgres://user:${PASSWORD}@db`,
  BUS_FOLDER: 'var/lib',
  CLIENT_NAME: '..',
  CLIENT_PER_SECOND: '1001',
  CLIENT_SIZES: '1k;2k',
  LOG_LEVEL: 'loud',
  VERSION: 'a b',
  RELEASE: 'a\nb',
}

describe('readSettings', () => {
  it('has defaults for all but the database', () => {
    const { mode, ttlHours, maxPayloadMb, breakerThreshold, breakerTimeoutSecs, clientSizes } = readSettings({
      DATABASE_URL,
    })
    assert.deepEqual(
      { mode, ttlHours, maxPayloadMb, breakerThreshold, breakerTimeoutSecs, clientSizes },
      {
        mode: 'bus',
        ttlHours: 48,
        maxPayloadMb: 100,
        breakerThreshold: 5,
        breakerTimeoutSecs: 60,
        clientSizes: [1024, 10_240],
      },
    )
  })

  it('has a wrong value to try for every variable', () => {
    assert.deepEqual(
      Object.keys(wrongValues).sort(),
      Object.values(variables)
        .map(({ name }) => name)
        .sort(),
    )
  })

  for (const [name, value] of Object.entries(wrongValues))
    it(`names ${name} alone if its value is wrong`, () => {
      const { problems } = problemsOf({ DATABASE_URL, [name]: value })
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0] ?? '', new RegExp(`^${name} is .*; expected: `, 's'))
      assert.ok(!problems[0]?.includes(PASSWORD))
    })

  it('names a missing database, a misspelt variable and two names that differ, all at once', () => {
    const { problems } = problemsOf({
      MESSAGE_BUS_TTL_HOUR: '24',
      CIRCUIT_BREAKER_THRESHOLD: '4',
      MESSAGE_BUS_CIRCUIT_BREAKER_THRESHOLD: '5',
    })
    assert.deepEqual(problems.map((problem) => problem.split(' ')[0]).sort(), [
      'DATABASE_URL',
      'MESSAGE_BUS_CIRCUIT_BREAKER_THRESHOLD',
      'MESSAGE_BUS_TTL_HOUR',
    ])
  })

  it('takes either name of the variables of the circuit breaker', () => {
    const { breakerThreshold, breakerTimeoutSecs } = readSettings({
      DATABASE_URL,
      CIRCUIT_BREAKER_THRESHOLD: '3',
      MESSAGE_BUS_CIRCUIT_BREAKER_TIMEOUT_SECS: '7',
    })
    assert.deepEqual([breakerThreshold, breakerTimeoutSecs], [3, 7])
  })
})

describe('README.md', () => {
  it('has a row for every variable, with its default, its form and its meaning', () => {
    const rows = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8').split('\n')
    for (const one of Object.values(variables))
      assert.ok(
        rows.includes(`| ${one.name} | ${one.default} | ${one.expected} | ${one.about} |`),
        `the row of ${one.name}`,
      )
  })
})

describe('bus.js', () => {
  it('ends with exit status 2 and a line for each wrong variable, without passwords', async () => {
    const { exitCode, output } = await runBus(['daemon'], wrongValues)
    assert.equal(exitCode, 2)
    assert.equal(output.trimEnd().split('; expected: ').length - 1, Object.keys(wrongValues).length, output)
    assert.ok(!output.includes(PASSWORD))
  })

  it('ends with exit status 2 for an unknown command, and an unknown probe or option', async () => {
    for (const words of [
      ['demon'],
      [],
      ['probe'],
      ['probe', 'toString'],
      ['probe', 'matrix', '--messages', '0'],
      ['probe', 'matrix', '--loud'],
    ])
      assert.equal((await runBus(words, { DATABASE_URL })).exitCode, 2, words.join(' '))
  })
})

function problemsOf(environment: NodeJS.ProcessEnv): InvalidSettings {
  try {
    readSettings(environment)
  } catch (error) {
    if (error instanceof InvalidSettings) return error
  }
  throw new Error('no problem was found')
}
