import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { exitCodeOf } from '../../src/cli/exit-codes.ts'
import { packageFolder, readConfig } from '../../src/config.ts'
import { bringUp, stopAll } from '../../src/embedded/bring-up.ts'
import { freePorts } from '../../src/embedded/ports.ts'
import { openHosts } from '../../src/host/hosts.ts'
import { parseInventory } from '../../src/host/inventory.ts'
import { binding } from '../host/binding.ts'
import { aDesk } from './typing.ts'

const desk = await aDesk()
const programs = join(desk.directory, 'programs')
const asDarwin = `Object.defineProperty(process,'platform',{value:'darwin'})`

/** As on macOS: Node says darwin, and there is no program but Node. */
const typeOnMac = (environment: Readonly<Record<string, string>>, ...words: readonly string[]) =>
  desk.typeWith(
    {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(asDarwin)}`,
      PATH: programs,
      ...environment,
    },
    ...words,
  )

beforeAll(() => {
  mkdirSync(programs)
  symlinkSync(process.execPath, join(programs, 'node'))
  writeFileSync(join(desk.directory, 'inventory.yaml'), 'hosts: { here: { local: true } }\n')
})

const REFUSED =
  /^.+ needs Linux; this machine runs macOS\n {2}next: use a Linux machine or VM for the worker, and set TEMPORAL_ADDRESS here to its Temporal$/

describe('on a system other than Linux', () => {
  it.each([
    [['dev'], 'the worker'],
    [['worker'], 'the worker'],
    [['run', 'guestbook-restore'], 'the worker'],
    [['preview', 'guestbook-restore'], 'the worker'],
    [['rollback', 'some-run'], 'the worker'],
    [['unlock', 'here'], 'the host "here", which is this machine,'],
  ])('%j is refused before anything is started', async (words, what) => {
    const { code, out, err } = await typeOnMac({}, ...words)
    expect({ out, err }).toMatchObject({
      out: '',
      err: expect.stringMatching(REFUSED) as unknown,
    })
    expect(err.startsWith(`${what} needs Linux`)).toBe(true)
    expect(code).toBe(3)
  })

  it('the program of the worker is refused, too', async () => {
    const { runWorker } = await import('../../src/worker.ts')
    await expect(runWorker(readConfig({}, 'darwin'))).rejects.toThrow('the worker needs Linux')
  })

  it('bringUp starts nothing, and a local host cannot be bound', async () => {
    const config = readConfig({ REINSTATE_HOME: join(desk.directory, 'other-home') }, 'win32')
    const free = { ...config, ports: await freePorts() }
    // It leaves nothing running where the refusal is missing.
    onTestFinished(async () => void (await stopAll(config.home)))
    await expect(bringUp(free, () => undefined)).rejects.toMatchObject({
      name: 'NeedsLinux',
      message: expect.stringContaining('this machine runs Windows') as unknown,
    })
    const inventory = parseInventory('hosts: { here: { local: true } }', 'inventory.yaml')
    const hosts = openHosts({ inventory, knownHosts: '/nowhere', platform: 'darwin' })
    expect(() => hosts.bind('here', binding())).toThrow('the host "here", which is this machine, needs Linux')
    expect(exitCodeOf('NeedsLinux')).toBe(3)
  })

  it.each([
    [['check', packageFolder('plans', 'guestbook-restore'), '--input', 'domain=example.org']],
    [['kinds']],
    [['explain', 'R001']],
    [['schema']],
    [['completion', 'bash']],
    [['dev', '--stop']],
    [['--version']],
  ])('%j works without any other program', async (words) => {
    const here = await desk.type(...words)
    expect(await typeOnMac({}, ...words)).toEqual(here)
    expect(here.out + here.err).not.toBe('')
  })

  it('commands that only talk to Temporal work without any other program', { timeout: 120_000 }, async () => {
    const { startEmbedded } = await import('../../src/embedded/start-embedded.ts')
    const { temporalProgram } = await import('../../testbed/temporal-program.ts')
    const temporal = await startEmbedded({
      home: join(desk.directory, 'remote'),
      temporalBinary: await temporalProgram(),
    })
    try {
      const there = { TEMPORAL_ADDRESS: temporal.address }
      expect(await typeOnMac(there, 'status', '--json')).toMatchObject({ code: 0, out: '[]' })
      for (const command of ['show', 'logs', 'report', 'approve', 'cancel']) {
        const { code, err } = await typeOnMac(there, command, 'no-such-run')
        expect(err).toMatch(/there is no (open )?run no-such-run|no worker serves/)
        expect([2, 3]).toContain(code)
      }
      // A run is carried out by the worker, which is elsewhere.
      const { code, err } = await typeOnMac(there, 'run', 'guestbook-restore')
      expect(err).toContain('no worker serves the task queue')
      expect(code).toBe(3)
    } finally {
      await temporal.stop()
    }
  })
})
