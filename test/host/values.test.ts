import { describe, expect, it } from 'vitest'
import { commandLine } from '../../src/host/channel.ts'
import { exportLines } from '../../src/host/environment.ts'
import { FrameReader } from '../../src/host/frames.ts'
import { framedInput } from '../../src/host/command-frame.ts'
import { OutputTail, lastBytes, lineReader } from '../../src/host/output-tail.ts'
import { redactor } from '../../src/host/redact.ts'
import { parseSshConfig } from '../../src/host/ssh-config.ts'
import { tokenOf } from '../../src/host/token.ts'
import { Secret } from '../../src/shell/secret.ts'
import { concurrencyLimit } from '../../src/host/concurrency-limit.ts'

describe('a token', () => {
  const of = { runToken: 'w', phase: 'a', step: 'b', attempt: 1, name: 'c' } as const

  it('differs wherever one of its parts does, even if they join to the same letters', () => {
    const tokens = [
      tokenOf({ ...of, runToken: 'w', step: '20' }),
      tokenOf({ ...of, runToken: 'w2', step: '0' }),
      tokenOf({ ...of, attempt: 'undo-1' }),
      tokenOf({ ...of, attempt: 11 }),
      tokenOf({ ...of, name: '1-c' }),
    ]
    expect(new Set(tokens).size).toBe(tokens.length)
  })

  it.each([
    { step: 'a_b' },
    { name: 'A' },
    { name: '../x' },
    { runToken: 'a/b' },
    { phase: 'x\n' },
    { name: '' },
  ])('cannot be made of %j', (part) => {
    expect(() => tokenOf({ ...of, ...part })).toThrow('cannot be named so')
  })
})

describe('frames', () => {
  const read = (text: string, from = { out: 0, err: 0 }) => {
    const reader = new FrameReader('nonce', from)
    return [...Buffer.from(text)].flatMap((byte) => reader.push(Buffer.from([byte])))
  }
  const joined = (text: string) =>
    read(text).map((frame) => (frame.is === 'bytes' ? `${frame.stream}:${frame.bytes.toString()}` : frame.is))

  it('are read whatever the chunks they come in, after whatever login scripts print', () => {
    expect(
      joined('motd\nno newline, nonce\nbegun\nout 0 3\na\nberr 0 1\nxbeat\nstate exited 0 3 1\n'),
    ).toEqual([...['begun', 'out:a', 'out:\n', 'out:b', 'err:x', 'beat', 'state']])
  })

  it('with a gap, an overlap, an early end or no sense at all are refused', () => {
    expect(() => read('nonce\nout 1 1\n')).toThrow('goes on at 1, but 0')
    expect(() => read('nonce\nout 0 2\nabout 1 1\n')).toThrow('goes on at 1, but 2')
    expect(() => read('nonce\nstate exited 0 5 0\n')).toThrow('before all of the output')
    expect(() => read('nonce\nrm -rf\n')).toThrow('no frame')
    expect(() => read('nonce\nstate fine 0 0 0\n')).toThrow('no frame')
    expect(() => read(`nonce\n${'x'.repeat(300)}`)).toThrow('never ends')
  })
})

describe('the end of an output', () => {
  it('is exact in length, and not cut within a character', () => {
    const tail = new OutputTail(5)
    for (const byte of Buffer.from('aé€😀é€')) tail.push(Buffer.from([byte]))
    expect(tail.length).toBe(15)
    expect(tail.text()).toBe('é€')
    expect(lastBytes('é€', 4)).toBe('€')
  })

  it('is cut into lines wherever chunks end, carriage returns included', () => {
    const lines: string[] = []
    const read = lineReader((line) => lines.push(line))
    for (const byte of Buffer.from('10%\r20%\rdé\nrest')) read(Buffer.from([byte]))
    expect(lines).toEqual(['10%', '20%', 'dé'])
  })
})

describe('a secret', () => {
  const value = 'p@ss/w+rd "ä"\''
  const redact = redactor([new Secret(value), new Secret('ab')])

  it.each([
    ['as it is', value],
    ['URL-encoded', encodeURIComponent(value)],
    ['in JSON', JSON.stringify({ value })],
    ['in base64', Buffer.from(value).toString('base64')],
    ['in base64url', Buffer.from(value).toString('base64url')],
    ['URL-encoded in small letters', `p%40ss%2fw%2brd%20%22%c3%a4%22'`],
    ['in a form', 'p%40ss%2Fw%2Brd+%22%C3%A4%22%27'],
    ['in JSON inside of JSON', JSON.stringify(JSON.stringify({ value }))],
    ['in JSON with its slashes escaped', JSON.stringify(value).replaceAll('/', '\\/')],
    ['in single quotes, as set -x has it', `'p@ss/w+rd "ä"'\\'''`],
    ['in double quotes', `"p@ss/w+rd \\"ä\\"'"`],
    ['as printf %q has it', `p@ss/w+rd\\ \\"\\ä\\"\\'`],
  ])('is replaced %s', (_, text) => {
    expect(redact(`<${text}>`)).toContain('‹secret›')
    expect(redact(`<${text}>`)).not.toContain(text)
  })

  it.each([0, 1, 2])('is replaced within the base64 of a longer text, %i bytes in', (shift) => {
    const encoded = Buffer.from(`${'u'.repeat(shift)}${value}:rest`).toString('base64')
    expect(redact(encoded)).toContain('‹secret›')
  })

  it('of several lines is replaced line by line', () => {
    const key = '-----BEGIN-----\nc3VwZXIgc2VjcmV0IGtleQ\nbW9yZSBvZiB0aGUgc2FtZQ\n-----END-----'
    expect(redactor([new Secret(key)])('read: bW9yZSBvZiB0aGUgc2FtZQ')).toBe('read: ‹secret›')
  })

  it('is replaced in base64 that breaks its lines in the middle of it', () => {
    const folded = Buffer.from(`before ${value} after`).toString('base64').replaceAll(/.{6}/g, '$&\n')
    expect(redact(folded)).toContain('‹secret›')
  })

  it('of three letters or fewer is left alone, for it is in everything', () => {
    expect(redact('about')).toBe('about')
  })
})

describe('what goes to a host', () => {
  it('is plain words on a command line, whatever the login shell', () => {
    expect(commandLine(['sudo', '-n', 'sh', '/var/lib/x-1/bin/ab'])).toBe('sudo -n sh /var/lib/x-1/bin/ab')
    for (const word of ['a b', '$x', 'a;b', '', '~', '*', "a'b", 'a\nb', '-a;']) {
      expect(() => commandLine([word])).toThrow('not a plain word')
    }
  })

  it('is an order in ASCII with its lengths', () => {
    expect(framedInput({ environment: 'é\n', journal: '{ "a": 1 }', script: 'a\\b' })).toBe(
      '\\0303\\0251\\n\n{"a":1}\na\\\\b\nEND 12 7 4\n',
    )
  })

  it('has no variable whose name is none, and no NUL', () => {
    expect(exportLines({ A: "it's" })).toBe("export A='it'\\''s'\n")
    expect(() => exportLines({ 'A\nB': 'x' })).toThrow('not the name of a variable')
    expect(() => exportLines({ A: 'x\0' })).toThrow('NUL')
  })
})

it('of many logins so many go on at once, the longest waiting first, and one that fails makes room', async () => {
  const inTurn = concurrencyLimit(2)
  const [began, end]: [string[], (() => void)[]] = [[], []]
  const work = (name: string) =>
    inTurn(async () => {
      began.push(name)
      await new Promise<void>((resolve) => end.push(resolve))
      if (name === 'a') throw new Error('a')
    }).catch(() => undefined)
  const all = Promise.all(['a', 'b', 'c', 'd'].map(work))
  await Promise.resolve()
  expect(began).toEqual(['a', 'b'])
  end[0]?.()
  await expect.poll(() => began).toEqual(['a', 'b', 'c'])
  end[1]?.()
  end[2]?.()
  await expect.poll(() => began).toEqual(['a', 'b', 'c', 'd'])
  end[3]?.()
  await all
})

it('~/.ssh/config is read as `ssh -G` prints it', () => {
  const printed =
    'user deploy\nhostname 10.0.0.7\nport 2222\nproxyjump none\nidentityfile /k/one\nidentityfile /k/two\n'
  expect(parseSshConfig(printed)).toEqual({
    ...{ address: '10.0.0.7', port: 2222, user: 'deploy', keyFiles: ['/k/one', '/k/two'] },
  })
})
