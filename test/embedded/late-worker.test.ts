import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { bringUp } from '../../src/embedded/bring-up.ts'
import { startEmbedded } from '../../src/embedded/start-embedded.ts'
import type { Embedded } from '../../src/embedded/start-embedded.ts'
import { workerProgram } from '../../src/embedded/worker-process.ts'
import { createKey } from '../../src/worker-key.ts'
import { temporalProgram } from '../../testbed/temporal-program.ts'
import { itInDepth } from '../depth.ts'

let folder: string
let server: Embedded
let environment: Record<string, string>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reinstate-late-'))
  server = await startEmbedded({
    home: join(folder, 'server'),
    temporalBinary: await temporalProgram(),
  })
  // Another home: this Temporal is one that somebody else runs.
  environment = {
    TEMPORAL_ADDRESS: server.address,
    REINSTATE_HOME: join(folder, 'home'),
    REINSTATE_INVENTORY: join(folder, 'inventory.yaml'),
  }
  await writeFile(environment['REINSTATE_INVENTORY'] ?? '', 'hosts: {}\n', { mode: 0o600 })
  createKey(join(folder, 'home', 'worker.key'))
  Object.assign(process.env, environment)
})
afterAll(async () => {
  for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name)
  await server.stop()
  await rm(folder, { recursive: true })
})

describe('a Temporal of its own, to which no worker has come yet', () => {
  const connect = () => bringUp(readConfig(), () => undefined)

  itInDepth('is refused once a worker had time to be listed', async () => {
    const began = Date.now()
    await expect(connect()).rejects.toThrow('no worker serves the task queue')
    expect(Date.now() - began).toBeGreaterThan(14_000)
  })

  it('is waited for while its worker starts', async () => {
    const connecting = connect()
    await wait(2000)
    const worker = spawn(process.execPath, [workerProgram()], {
      env: { ...process.env, ...environment },
      stdio: 'ignore',
    })
    try {
      const temporal = await connecting
      expect(temporal.address).toBe(server.address)
      await temporal.close()
    } finally {
      const gone = new Promise((resolve) => worker.once('exit', resolve))
      worker.kill('SIGKILL')
      await gone
    }
  })
})
