import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SignJWT } from 'jose'
import { createLog, reasonOf } from '../src/log.ts'
import { hashPassword, isPassword } from '../src/passwords.ts'
import { InvalidSettings, readSettings } from '../src/settings.ts'
import { signToken, verifyToken } from '../src/tokens.ts'
import { judge } from './judge.ts'
import { JWT_SECRET } from './service.ts'

const RIGHT = { DATABASE_URL: 'postgres://miyabi_app:x@db/miyabi', JWT_SECRET }

describe('settings', () => {
  it('have defaults; an empty variable counts as not set', () => {
    const { port, serves, tokenSeconds, release } = readSettings({ ...RIGHT, PORT: '', RELEASE: 'run-1' })
    assert.deepEqual([port, serves, tokenSeconds, release], [3000, 'everything', 900, 'run-1'])
  })

  it('name every wrong variable, and no value', () => {
    const JWT_SECRET = 'canary-2'
    const wrong = { DATABASE_URL: 'canary-1', JWT_SECRET, PORT: '70000', SERVES: 'canary-3' }
    assert.throws(
      () => readSettings(wrong),
      (error) => {
        assert.ok(error instanceof InvalidSettings)
        assert.deepEqual(
          error.problems.map((problem) => problem.split(' ')[0]),
          ['DATABASE_URL', 'JWT_SECRET', 'SERVES', 'PORT'],
        )
        assert.doesNotMatch(error.message, /canary/)
        return true
      },
    )
  })
})

describe('passwords', () => {
  it('are right only as they were set; nobody has one', async () => {
    const hash = await hashPassword('correct horse battery')
    assert.equal(await isPassword('correct horse battery', hash), true)
    assert.equal(await isPassword('correct horse batterY', hash), false)
    assert.equal(await isPassword('correct horse battery', undefined), false)
    assert.notEqual(hash, await hashPassword('correct horse battery'))
  })
})

describe('tokens', () => {
  const keys = { jwtSecret: new TextEncoder().encode(JWT_SECRET), tokenSeconds: 60 }
  const bearer = { user: 'u', session: 's' }

  it('name who got them', async () => {
    assert.deepEqual(await verifyToken(await signToken(bearer, keys), keys), bearer)
  })

  it('are refused if expired, signed by another key, changed, not signed, or for somebody else', async () => {
    const good = await signToken(bearer, keys)
    const [head, claims, signature] = good.split('.')
    const other = new SignJWT({ sid: 's' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('u')
      .setIssuer('miyabi')
    const bad = {
      expired: await signToken(bearer, { ...keys, tokenSeconds: -1 }),
      forged: await signToken(bearer, { ...keys, jwtSecret: new TextEncoder().encode(JWT_SECRET + '!') }),
      changed: [head, Buffer.from('{"sub":"admin"}').toString('base64url'), signature].join('.'),
      unsigned: [Buffer.from('{"alg":"none"}').toString('base64url'), claims, ''].join('.'),
      elsewhere: await other.setAudience('elsewhere').setExpirationTime('1m').sign(keys.jwtSecret),
      endless: await other
        .setAudience('miyabi-api')
        .sign(keys.jwtSecret)
        .then((token) => token + 'x'),
      empty: '',
    }
    for (const [how, token] of Object.entries(bad))
      assert.equal(await verifyToken(token, keys), undefined, how)
  })
})

describe('the log', () => {
  it('has a JSON object a line', () => {
    const lines: string[] = []
    createLog({ version: '1' }, (line) => lines.push(line))('warn', 'so', {
      reason: reasonOf(new Error('it is')),
    })
    const { level, message, version, reason } = JSON.parse(lines[0] ?? '')
    assert.deepEqual(
      [level, message, version, reason, reasonOf('text')],
      ['warn', 'so', '1', 'it is', 'text'],
    )
  })
})

describe('the judge of coverage', () => {
  const lcov = (hit: number) =>
    `SF:dist/src/a.js\nLF:100\nLH:${hit}\nend_of_record\nSF:dist/pages/b.js\nLF:10\nLH:8\nend_of_record\n`
  const files = { 'dist/src/a.js': '', 'dist/pages/b.js': '' }

  it('is red below 90 % of the backend or 80 % of the pages', () => {
    assert.equal(judge(lcov(90), new Map(Object.entries(files))).isEnough, true)
    assert.equal(judge(lcov(89), new Map(Object.entries(files))).isEnough, false)
    assert.equal(judge(lcov(90).replace('LH:8\n', 'LH:7\n'), new Map(Object.entries(files))).isEnough, false)
  })

  it('counts a file that no test loads, and is red without any', () => {
    const more = { ...files, 'dist/src/never.js': 'a\nb\nc' }
    const { lines, isEnough } = judge(lcov(92), new Map(Object.entries(more)))
    assert.equal(lines[0], 'backend 89.3 % of 103 lines (90 % are required)')
    assert.equal(isEnough, false)
    assert.equal(judge('', new Map()).isEnough, false)
  })
})
