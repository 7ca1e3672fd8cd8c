import { describe, expect, it } from 'vitest'
import { CommandFailed, QuestionFailed, StepNotVerified } from '../../src/errors.ts'
import { rootCauseOf, tellingLines } from '../../src/root-cause.ts'

/** Ends of real outputs. */
const OUTPUTS: [cause: string, output: string, exit?: string][] = [
  [
    'the disk is full',
    `rsync: [receiver] write failed on "/srv/disk/big": No space left on device (28)
rsync error: error in file IO (code 11) at receiver.c(380) [receiver=3.4.1]
rsync: [sender] write error: Broken pipe (32)
rsync ended with 11; a retry continues the copy`,
  ],
  ['the disk quota is used up', 'cp: error writing "x": Disk quota exceeded'],
  ['the file system is read-only', "touch: cannot touch '/srv/x': Read-only file system"],
  ['the process was killed (SIGKILL), most often because memory ran out', 'begun', '137'],
  ['the process was killed (SIGKILL), most often because memory ran out', 'sh: 1:\nKilled\n'],
  ['memory ran out', 'sh: 0: Cannot fork: Cannot allocate memory'],
  ['too many files are open', 'accept4() failed (24: Too many open files)'],
  ['the database role lacks a permission', 'ERROR:  permission denied for schema public'],
  ['permission was denied', 'cat: /root/x: Permission denied\nlast line'],
  ['a port is taken', 'Bind for 0.0.0.0:8080 failed: port is already allocated'],
  [
    'an image cannot be had',
    'Error response from daemon: pull access denied for book/web, repository does not exist',
  ],
  ['a name cannot be resolved', 'curl: (6) Could not resolve host: shop.example'],
  ['a TLS certificate was not accepted', 'curl: (60) SSL certificate problem: certificate has expired'],
  ['a connection was refused', 'dial tcp 127.0.0.1:5432: connect: connection refused'],
]

describe('rootCauseOf', () => {
  it.each(OUTPUTS)('finds that %s', (cause, output, exit = '1') => {
    expect(rootCauseOf(output, exit)).toMatchObject({ cause })
    const error = new CommandFailed('server', 'copy', { exit, tail: output })
    expect(error.message.startsWith(cause)).toBe(true)
    expect(error.data).toMatchObject({ cause })
    // A question shows the two apart; nobody cuts them out of the message.
    const { happened, advice } = error.data
    expect(error.message.startsWith(`${String(happened)}. Next: ${String(advice)}`)).toBe(true)
    expect(error.message.endsWith(', then retry')).toBe(error.data['retryHelps'] === undefined)
  })

  it('finds nothing in an output without a known cause', () => {
    expect(rootCauseOf('it cannot be\nbad luck', '3')).toBeUndefined()
    expect(new CommandFailed('here', 'script', { exit: '3', tail: 'it cannot be' }).message).toBe(
      'script on here ended with 3: it cannot be',
    )
  })

  it.each([
    ['Bind for 0.0.0.0:8080 failed: port is already allocated', '8080/tcp'],
    ['failed to bind host port 127.0.0.1:8080/tcp: address already in use', '8080/tcp'],
    ['failed to bind host port for [::]:53:172.18.0.2:53/udp: address already in use', '53/udp'],
    ['listen tcp4 0.0.0.0:8080: bind: address already in use', '8080/tcp'],
    ['bind: address already in use', undefined],
  ])('names the port that is taken: %s', (tail, port) => {
    const { data } = new CommandFailed('server', 'up', { exit: '1', tail })
    expect(data['takenPort']).toEqual(port === undefined ? undefined : { port, holder: '' })
  })

  it('is told by a failed question and a failed verification', () => {
    const tail = 'ls: /x: Permission denied'
    expect(new QuestionFailed('server', { script: 'ls /x', exit: '2', tail }).message).toMatch(
      /^permission was denied/,
    )
    expect(new StepNotVerified('the page answers: connection refused').data).toMatchObject({
      cause: 'a connection was refused',
    })
  })
})

describe('tellingLines', () => {
  it('leaves out lines that say nothing', () => {
    const output = `first\n  1,234,567  45%  100.00MB/s    0:00:12\n{\n  "a": 1\n}\n]\n\nrsync error: x at main.c(1)\n`
    expect(tellingLines(output, 3)).toEqual(['first', '"a": 1'])
  })

  it('gives what there is where no line says anything', () => {
    expect(tellingLines('[\n]\n', 3)).toEqual(['[', ']'])
  })
})
