import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { newCodecKey, writeCodecKeys } from '../../src/codec/keys.ts'
import { readConfig } from '../../src/config.ts'
import { readRunning } from '../../src/embedded/background-record.ts'
import { bringUp, stopAll } from '../../src/embedded/bring-up.ts'
import { freePorts } from '../../src/embedded/ports.ts'
import { temporalProgram } from '../../testbed/temporal-program.ts'

it('bringUp with codec keys › starts the endpoint that the UI uses, again after it was killed; stopAll ends it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reinstate-codec-'))
  const home = join(folder, 'home')
  onTestFinished(async () => {
    await stopAll(home)
    rmSync(folder, { recursive: true, force: true })
  })
  writeFileSync(join(folder, 'inventory.yaml'), 'hosts: { here: { local: true } }\n')
  const environment = { REINSTATE_HOME: home, REINSTATE_INVENTORY: join(folder, 'inventory.yaml') }
  const config = {
    ...readConfig(environment),
    ports: await freePorts(),
    temporalBinary: await temporalProgram(),
  }
  writeCodecKeys(config.codecKeys.file, [newCodecKey()])
  const told: string[] = []
  const temporal = await bringUp(config, (line) => told.push(line))
  await temporal.close()

  const settings = (await (await fetch(`${temporal.ui}/api/v1/settings`)).json()) as {
    readonly Codec: { readonly Endpoint: string }
  }
  const decode = async () =>
    await fetch(`${settings.Codec.Endpoint}/decode`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: temporal.ui },
      body: '{"payloads":[{}]}',
    })
  expect(await (await decode()).json(), told.join('\n')).toEqual({ payloads: [{}] })

  process.kill((await readRunning(home, 'codec'))?.pid ?? 0, 'SIGKILL')
  await expect.poll(() => readRunning(home, 'codec')).toBeUndefined()
  await (await bringUp(config, () => undefined)).close()
  expect((await decode()).status).toBe(200)

  expect(await stopAll(home)).toEqual(['worker', 'Temporal', 'codec endpoint'])
  await expect(decode()).rejects.toThrow()
}, 120_000)
