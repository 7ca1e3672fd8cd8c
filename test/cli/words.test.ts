import { describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../src/cli/exit-codes.ts'
import { explain } from '../../src/cli/explain.ts'
import { readInputs } from '../../src/cli/read-inputs.ts'
import { columns } from '../../src/cli/rendering/columns.ts'
import { completionScript } from '../../src/cli/commands/completion.ts'
import { eventLine, inOrder, runEvent } from '../../src/cli/run/events.ts'
import { plainLines } from '../../src/workflows/text.ts'
import { stamp, took } from '../../src/cli/rendering/time.ts'
import { planName } from '../../src/cli/start-run.ts'
import { printable } from '../../src/cli/terminal.ts'
import { readConfig } from '../../src/config.ts'
import { NoWorker } from '../../src/embedded/not-up.ts'
import { HostUnreachable } from '../../src/errors.ts'
import { formatBytes, truncate } from '../../src/steps/format.ts'

describe('times and sizes', () => {
  it.each([
    [0, '0.0 s'],
    [440, '0.4 s'],
    [9_960, '10 s'],
    [61_000, '1 min 1 s'],
    [120_000, '2 min'],
    [7_800_000, '2 h 10 min'],
    [200_000_000, '2 days'],
  ])('%i ms reads %s', (milliseconds, text) => expect(took(milliseconds)).toBe(text))

  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [4608, '4.6 kB'],
    [327_155_712, '327.2 MB'],
    [1024 ** 3, '1.1 GB'],
  ])('%i bytes read %s', (amount, text) => expect(formatBytes(amount)).toBe(text))
})

describe('what a host printed', () => {
  it('cannot control the terminal', () => {
    expect(printable('a\u001b[31mred\u001b[0m\u001b]0;title\u0007\u0007b\r')).toBe('aredb')
    expect(printable('two\nlines')).toBe('two\nlines')
  })

  it('is shown without the Markdown of the Temporal UI', () => {
    expect(plainLines(['**Copy** a\\*\\*b', '````', 'exit **1**', '```', '````', 'end'])).toEqual([
      'Copy a**b',
      '  exit **1**',
      '  ```',
      'end',
    ])
  })
})

describe('tables', () => {
  it('are aligned, without trailing spaces', () => {
    expect(
      columns(
        [
          ['a', 'bbb', ''],
          ['aaa', 'b', 'c'],
        ],
        '  ',
      ),
    ).toEqual(['  a    bbb', '  aaa  b    c'])
    expect(truncate('a long line', 6)).toBe('a lon…')
  })
})

describe('a line of a log', () => {
  it('is one line, oldest first', () => {
    const event = (at: string, message: string) => runEvent(at, { role: 'Auditor', event: 'failed', message })
    const events = [
      event('2026-11-21T07:55:15.123Z', 'two'),
      event('2026-11-21T07:55:03.000Z', 'one\nmore\n'),
    ]
    expect(inOrder(events).map(eventLine)).toEqual([
      '[Auditor] [2026-11-21T07:55:03Z]: [BLOCKED] one | more',
      '[Auditor] [2026-11-21T07:55:15Z]: [BLOCKED] two',
    ])
  })
})

describe('a run without an id', () => {
  it('is named after its plan and the time', () => {
    expect(stamp(new Date('2026-11-21T07:55:59Z'))).toBe('20261121-0755')
    expect(planName('guestbook-restore')).toBe('guestbook-restore')
    expect(planName('/plans/My Site/plan.yaml')).toBe('my-site')
    expect(planName('./site.yml')).toBe('site')
  })
})

describe('invalid arguments', () => {
  it('inputs are name=value, with any value', () => {
    expect(readInputs(['a=b=c', 'd='])).toEqual({ a: 'b=c', d: '' })
    expect(() => readInputs(['domain'])).toThrow('--input domain is not name=value')
  })

  it('an invalid port is refused with the name of its variable', () => {
    expect(() => readConfig({ REINSTATE_PORT: '70000' })).toThrow(
      'REINSTATE_PORT is "70000"; it must be a port',
    )
  })
})

describe('errors', () => {
  it('are explained without a stack trace, unless requested', () => {
    const error = new NoWorker('127.0.0.1:7233')
    expect(explain(error, { debug: false })).toEqual({
      code: 3,
      text: 'no worker serves the task queue of reinstate at 127.0.0.1:7233; runs wait for one\n  next: reinstate worker',
    })
    expect(explain(error, { debug: true }).text).toContain('words.test.ts')
  })

  it('say what to do if Temporal stops answering, or if the address is not a Temporal', () => {
    const grpc = (code: number) => Object.assign(new Error(`${code} WORDS`), { code })
    expect(explain(new Error('wrapped', { cause: grpc(14) }), { debug: false })).toMatchObject({ code: 3 })
    expect(explain(grpc(12), { debug: false }).text).toContain('no Temporal server')
  })

  it('that are unexpected are reported as defects', () => {
    expect(explain(new TypeError('x is not a function'), { debug: false })).toEqual({
      code: 1,
      text: 'x is not a function\n  This is a defect of reinstate; REINSTATE_DEBUG=1 prints a stack trace.',
    })
  })

  it('have one exit status each, also after they have crossed Temporal', () => {
    expect(exitCodeOf(new HostUnreachable('server', 'no').name)).toBe(3)
    expect(exitCodeOf('PlanRefused')).toBe(2)
    expect(exitCodeOf('SomethingElse')).toBe(1)
  })
})

describe('completion', () => {
  it('knows every command in each shell', () => {
    const commands = [{ name: 'trust', summary: "shows a host's key", options: [] }]
    expect(completionScript('bash', commands)?.join('\n')).toContain('words="trust"')
    expect(completionScript('fish', commands)).toContain(
      "complete -c reinstate -n __fish_use_subcommand -a trust -d 'shows a host\\'s key'",
    )
    expect(completionScript('tcsh', commands)).toBeUndefined()
  })
})
