import { describe, expect, it } from 'vitest'
import { StepRefused } from '../../src/errors.ts'
import { commandLine } from '../../src/host/channel.ts'
import { exportLines } from '../../src/host/command-frame.ts'
import { FrameReader, NotUnderstood } from '../../src/host/frames.ts'
import { framedInput } from '../../src/host/command-frame.ts'
import { OutputTail, lastBytes, lineReader } from '../../src/host/output-tail.ts'
import { decodeName, encodeName } from '../../src/host/receipts.ts'
import { redactor } from '../../src/host/redact.ts'
import { parseSshConfig } from '../../src/host/ssh-config.ts'
import { tokenOf } from '../../src/host/token.ts'
import { Secret } from '../../src/shell/secret.ts'
import { concurrencyLimit } from '../../src/host/concurrency-limit.ts'

describe('tokenOf', () => {
  const of = { runToken: 'w', phase: 'a', step: 'b', attempt: 1, name: 'c' } as const

  it('returns different tokens for different parts, also if these join to the same letters', () => {
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
  ])('rejects %j', (part) => {
    expect(() => tokenOf({ ...of, ...part })).toThrow(StepRefused)
  })
})

describe('FrameReader', () => {
  const read = (text: string, from = { out: 0, err: 0 }) => {
    const reader = new FrameReader('nonce', from)
    return [...Buffer.from(text)].flatMap((byte) => reader.push(Buffer.from([byte])))
  }
  const joined = (text: string) =>
    read(text).map((frame) => (frame.is === 'bytes' ? `${frame.stream}:${frame.bytes.toString()}` : frame.is))

  it('reads frames in chunks of any size, after any output of login scripts', () => {
    expect(
      joined('motd\nno newline, nonce\nbegun\nout 0 3\na\nberr 0 1\nxbeat\nstate exited 0 3 1\n'),
    ).toEqual([...['begun', 'out:a', 'out:\n', 'out:b', 'err:x', 'beat', 'state']])
  })

  it('H7 › rejects more than 1 MiB before the nonce', () => {
    expect(() => read('noise\n'.repeat(200_000))).toThrow(NotUnderstood)
  })

  it('rejects a gap, an overlap, an early end and unknown lines', () => {
    for (const answer of [
      'out 1 1\n',
      'out 0 2\nabout 1 1\n',
      'state exited 0 5 0\n',
      'rm -rf\n',
      'state fine 0 0 0\n',
      'x'.repeat(300),
    ])
      expect(() => read(`nonce\n${answer}`)).toThrow(NotUnderstood)
  })
})

describe('OutputTail', () => {
  it('reports the exact length, and cuts no character', () => {
    const tail = new OutputTail(5)
    for (const byte of Buffer.from('aé€😀é€')) tail.push(Buffer.from([byte]))
    expect(tail.length).toBe(15)
    expect(tail.text()).toBe('é€')
    expect(lastBytes('é€', 4)).toBe('€')
  })

  it('lineReader › splits at LF and CR, in chunks of any size', () => {
    const lines: string[] = []
    const read = lineReader((line) => lines.push(line))
    for (const byte of Buffer.from('10%\r20%\rdé\nrest')) read(Buffer.from([byte]))
    expect(lines).toEqual(['10%', '20%', 'dé'])
  })
})

it('H7 › lineReader › reads a chunk of 2 MiB of line ends in linear time', () => {
  let count = 0
  const read = lineReader(() => (count += 1))
  const since = performance.now()
  read(Buffer.alloc(2 * 1024 * 1024, '\n'))
  expect(count).toBe(2 * 1024 * 1024)
  expect(performance.now() - since).toBeLessThan(20_000)
})

describe('H7 › decodeName', () => {
  it.each(['guestbook', 'run/2026-1 ä', ''])('returns the name "%s" that encodeName encoded', (name) => {
    expect(decodeName(encodeName(name))).toBe(name)
  })

  it.each(['l_zz', 'l_ff', 'l_e2_82', 'l%zz', 'l_'])('does not throw for %s', (word) => {
    expect(decodeName(word)).toBe(word.slice(1))
  })
})

describe('redactor', () => {
  const value = 'p@ss/w+rd "ä"\''
  const redact = redactor([new Secret(value), new Secret('ab')])

  it.each([
    ['literal', value],
    ['URL-encoded', encodeURIComponent(value)],
    ['in JSON', JSON.stringify({ value })],
    ['in base64', Buffer.from(value).toString('base64')],
    ['in base64url', Buffer.from(value).toString('base64url')],
    ['URL-encoded in lower case', `p%40ss%2fw%2brd%20%22%c3%a4%22'`],
    ['in a form', 'p%40ss%2Fw%2Brd+%22%C3%A4%22%27'],
    ['in JSON inside JSON', JSON.stringify(JSON.stringify({ value }))],
    ['in JSON with escaped slashes', JSON.stringify(value).replaceAll('/', '\\/')],
    ['in single quotes, as set -x prints it', `'p@ss/w+rd "ä"'\\'''`],
    ['in double quotes', `"p@ss/w+rd \\"ä\\"'"`],
    ['as printf %q prints it', `p@ss/w+rd\\ \\"\\ä\\"\\'`],
  ])('replaces a secret %s', (_, text) => {
    expect(redact(`<${text}>`)).toContain('‹secret›')
    expect(redact(`<${text}>`)).not.toContain(text)
  })

  it.each([0, 1, 2])('replaces a secret in the base64 of a longer text at offset %i', (shift) => {
    const encoded = Buffer.from(`${'u'.repeat(shift)}${value}:rest`).toString('base64')
    expect(redact(encoded)).toContain('‹secret›')
  })

  it('replaces each line of a secret of several lines', () => {
    const key = '-----BEGIN-----\nc3VwZXIgc2VjcmV0IGtleQ\nbW9yZSBvZiB0aGUgc2FtZQ\n-----END-----'
    expect(redactor([new Secret(key)])('read: bW9yZSBvZiB0aGUgc2FtZQ')).toBe('read: ‹secret›')
  })

  it('replaces a secret in folded base64', () => {
    const folded = Buffer.from(`before ${value} after`).toString('base64').replaceAll(/.{6}/g, '$&\n')
    expect(redact(folded)).toContain('‹secret›')
  })

  it('does not replace a secret of three characters or fewer', () => {
    expect(redact('about')).toBe('about')
  })
})

describe('what is sent to a host', () => {
  it('commandLine › rejects words that some login shell interprets', () => {
    expect(commandLine(['sudo', '-n', 'sh', '/var/lib/x-1/bin/ab'])).toBe('sudo -n sh /var/lib/x-1/bin/ab')
    for (const word of ['a b', '$x', 'a;b', '', '~', '*', "a'b", 'a\nb', '-a;']) {
      expect(() => commandLine([word])).toThrow(TypeError)
    }
  })

  it('framedInput › is ASCII with the lengths of its lines', () => {
    expect(framedInput({ environment: 'é\n', journal: '{ "a": 1 }', script: 'a\\b' })).toBe(
      '\\0303\\0251\\n\n{"a":1}\na\\\\b\nEND 12 7 4\n',
    )
  })

  it('exportLines › rejects an invalid variable name and a NUL', () => {
    expect(exportLines({ A: "it's" })).toBe("export A='it'\\''s'\n")
    expect(() => exportLines({ 'A\nB': 'x' })).toThrow(StepRefused)
    expect(() => exportLines({ A: 'x\0' })).toThrow(StepRefused)
  })
})

it('concurrencyLimit › runs two at once, starts the rest in order, and continues after a failure', async () => {
  const limited = concurrencyLimit(2)
  const [began, end]: [string[], (() => void)[]] = [[], []]
  const work = (name: string) =>
    limited(async () => {
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

it('parseSshConfig › parses the output of `ssh -G`', () => {
  const printed =
    'user deploy\nhostname 10.0.0.7\nport 2222\nproxyjump none\nidentityfile /k/one\nidentityfile /k/two\n'
  expect(parseSshConfig(printed)).toEqual({
    ...{ address: '10.0.0.7', port: 2222, user: 'deploy', keyFiles: ['/k/one', '/k/two'] },
  })
})
