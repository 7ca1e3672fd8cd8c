import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { describeInDepth, itInDepth } from '../depth.ts'
import { exitCodeOf } from '../../src/cli/exit-codes.ts'
import { readConfig } from '../../src/config.ts'
import type { Config } from '../../src/config.ts'
import { readRunning } from '../../src/embedded/background-record.ts'
import { bringUp, revive, stopAll } from '../../src/embedded/bring-up.ts'
import { connectTo, locateTemporal } from '../../src/embedded/connection.ts'
import { freePorts } from '../../src/embedded/ports.ts'
import { runningServer, startServer } from '../../src/embedded/temporal-server.ts'
import { runningWorker } from '../../src/embedded/worker-process.ts'
import { TASK_QUEUE_OF_0_1 } from '../../src/workflows/messages.ts'
import { temporalProgram } from '../../testbed/temporal-program.ts'

const atTheEnd: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const end of atTheEnd.splice(0).reverse()) await end()
})

/** The configuration of an empty home with an inventory; `settings` as they stand in the environment. */
async function aHome(settings: Readonly<Record<string, string>> = {}): Promise<Config> {
  const folder = mkdtempSync(join(tmpdir(), 'reinstate-ports-'))
  const home = join(folder, 'home')
  const inventory = join(folder, 'inventory.yaml')
  writeFileSync(inventory, 'hosts: { here: { local: true } }\n')
  atTheEnd.push(
    () => rmSync(folder, { recursive: true, force: true }),
    () => stopAll(home),
  )
  const config = readConfig({ REINSTATE_HOME: home, REINSTATE_INVENTORY: inventory, ...settings })
  return { ...config, temporalBinary: await temporalProgram() }
}

/** Another program on this port, until the end of the test. */
async function occupy(port: number): Promise<void> {
  const other = createServer((socket) => socket.destroy())
  const listen = () =>
    new Promise<boolean>((resolve) => {
      other.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
    })
  // A killed process keeps its sockets for a moment.
  await expect.poll(listen).toBe(true)
  atTheEnd.push(() => new Promise((resolve) => other.close(resolve)))
}

/** Kills it as a crash of the machine would. */
async function kill(home: string, name: 'temporal' | 'worker'): Promise<void> {
  const record = await readRunning(home, name)
  if (!record) throw new Error(`no ${name} runs in ${home}`)
  process.kill(record.pid, 'SIGKILL')
  await expect.poll(() => readRunning(home, name)).toBeUndefined()
}

const me = `${process.pid}`

describe('startServer, after the server was killed', () => {
  it('asks for the ports that it had', async () => {
    const config = { ...(await aHome()), ports: await freePorts() }
    const before = await startServer(config, () => undefined)
    await kill(config.home, 'temporal')
    const told: string[] = []
    const elsewhere = { ...config, ports: await freePorts() }
    expect(await startServer(elsewhere, (line) => told.push(line))).toEqual(before)
    expect(told).toEqual([])
  })

  it('takes another UI port where the old one is in use, says so in one line, and records it', async () => {
    const config = { ...(await aHome()), ports: await freePorts() }
    const before = await startServer(config, () => undefined)
    await kill(config.home, 'temporal')
    await occupy(config.ports.ui)
    const told: string[] = []
    const after = await startServer(config, (line) => told.push(line))
    expect(after.address).toBe(before.address)
    expect(after.ui).not.toBe(before.ui)
    expect(told).toEqual([
      `UI port ${config.ports.ui} is in use by node (process ${me}); the Temporal UI is now at ${after.ui}`,
    ])
    expect(await runningServer(config.home)).toEqual(after)
    expect((await fetch(after.ui)).status).toBe(200)

    // The next start asks for the port that it moved to.
    await kill(config.home, 'temporal')
    expect(await startServer(config, (line) => told.push(line))).toEqual(after)
    expect(told).toHaveLength(1)
  })
})

describe('bringUp, where the old Temporal port is in use by another program', () => {
  it('moves the server, and replaces the worker that has the old address', async () => {
    const config = { ...(await aHome()), ports: await freePorts() }
    const before = await bringUp(config, () => undefined)
    await before.close()
    const old = await readRunning(config.home, 'worker')
    await kill(config.home, 'temporal')
    await occupy(config.ports.temporal)
    const told: string[] = []
    const after = await bringUp(config, (line) => told.push(line))
    await after.close()
    expect(after.address).not.toBe(before.address)
    expect(told).toContain(
      `port ${config.ports.temporal} is in use by node (process ${me}); Temporal is now at ${after.address}`,
    )
    expect(told).toContain(
      `replacing the worker in the background: it has Temporal at ${before.address}, not ${after.address}`,
    )
    expect(await runningWorker(config.home)).toMatchObject({ address: after.address })
    expect((await readRunning(config.home, 'worker'))?.pid).not.toBe(old?.pid)
    expect(() => process.kill(old?.pid ?? 0, 0)).toThrow('ESRCH')
  })

  itInDepth('starts beside it where nothing ran before', async () => {
    const config = { ...(await aHome()), ports: await freePorts() }
    await occupy(config.ports.temporal)
    const temporal = await bringUp(config, () => undefined)
    await temporal.close()
    expect(temporal.address).not.toBe(`127.0.0.1:${config.ports.temporal}`)
  })

  itInDepth('does not take the Temporal of another home for the one that was killed', async () => {
    const config = { ...(await aHome()), ports: await freePorts() }
    await (await bringUp(config, () => undefined)).close()
    await kill(config.home, 'temporal')
    const { ports } = config
    const other = { ...(await aHome()), ports }
    expect((await startServer(other, () => undefined)).address).toBe(`127.0.0.1:${ports.temporal}`)
    const temporal = await bringUp(config, () => undefined)
    await temporal.close()
    expect(temporal.address).not.toBe(`127.0.0.1:${ports.temporal}`)
  })
})

describe('revive, where Temporal moves', () => {
  it('answers a connection to the new address, once', async () => {
    const config = { ...(await aHome()), ports: await freePorts() }
    const before = await bringUp(config, () => undefined)
    await kill(config.home, 'temporal')
    await occupy(config.ports.temporal)
    const moved = await revive(config, before, () => undefined)
    expect(moved?.address).toBe((await runningServer(config.home))?.address)
    expect(moved?.address).not.toBe(before.address)
    expect(moved && (await revive(config, moved, () => undefined))).toBeUndefined()
    await Promise.all([before.close(), moved?.close()])
  })
})

describe('a port that the user named', () => {
  it.each([
    ['REINSTATE_PORT', 'temporal'],
    ['REINSTATE_UI_PORT', 'ui'],
  ] as const)('is not exchanged for another: %s in use is an error', async (variable, which) => {
    const ports = await freePorts()
    const config = await aHome({ REINSTATE_PORT: `${ports.temporal}`, REINSTATE_UI_PORT: `${ports.ui}` })
    await occupy(ports[which])
    const error: unknown = await bringUp(config, () => undefined).catch((refused: unknown) => refused)
    expect(error).toMatchObject({
      name: 'PortTaken',
      data: { port: ports[which], variable, holder: `node (process ${me})` },
    })
    expect(exitCodeOf('PortTaken')).toBe(3)
    expect(await runningServer(config.home)).toBeUndefined()
  })
})

describe('two servers that start at once on the same ports', () => {
  it('both come up, each on ports of its own', async () => {
    const ports = await freePorts()
    const homes = await Promise.all([aHome(), aHome()])
    const servers = await Promise.all(
      homes.map((config) => startServer({ ...config, ports }, () => undefined)),
    )
    expect(new Set(servers.flatMap(({ address, ui }) => [address, ui])).size).toBe(4)
  })
})

describeInDepth('bringUp, beside open runs of version 0.1', () => {
  itInDepth('says how many there are, and what finishes them', async () => {
    const config = { ...(await aHome()), ports: await freePorts() }
    await startServer(config, () => undefined)
    const temporal = await connectTo(await locateTemporal(config))
    atTheEnd.push(() => temporal.close())
    await temporal.client.workflow.start('runPlan', {
      taskQueue: TASK_QUEUE_OF_0_1,
      workflowId: 'old',
      args: [],
    })
    const count = async () => (await temporal.client.workflow.count('ExecutionStatus = "Running"')).count
    await expect.poll(count, { timeout: 20_000 }).toBe(1)
    const lines: string[] = []
    const up = await bringUp(config, (line) => lines.push(line))
    await up.close()
    expect(lines.join('\n')).toContain(
      '1 open workflow is of version 0.1: finish it, or roll it back, with a worker of version 0.1',
    )
  })
})
