import { execa } from 'execa'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { freePorts } from '../../testbed/free-ports.ts'

/** What a command printed and how it ended. */
export interface Typed {
  readonly code: number | undefined
  readonly out: string
  readonly err: string
}

/** A directory with a home of its own, in which the built CLI is run as people run it. */
export interface Desk {
  readonly directory: string
  readonly type: (...words: readonly string[]) => Promise<Typed>
  readonly typeWith: (environment: Record<string, string>, ...words: readonly string[]) => Promise<Typed>
}

/** What gives the CLI a home in this directory, with an embedded Temporal on ports of its own. */
export async function ownTemporal(directory: string) {
  const [temporal, ui] = await freePorts(2)
  return {
    REINSTATE_HOME: join(directory, 'home'),
    REINSTATE_PORT: `${temporal}`,
    REINSTATE_UI_PORT: `${ui}`,
    // Nobody's own settings.
    TEMPORAL_CONFIG_FILE: join(directory, 'temporal.toml'),
  }
}

/** Makes one; it is stopped and removed after the tests of the file. */
export async function aDesk(): Promise<Desk> {
  const directory = mkdtempSync(join(tmpdir(), 'reinstate-cli-'))
  const own = {
    ...(await ownTemporal(directory)),
    REINSTATE_INVENTORY: join(directory, 'inventory.yaml'),
    REINSTATE_PLANS: join(directory, 'plans'),
    TZ: 'UTC',
  }
  const typeWith: Desk['typeWith'] = async (environment, ...words) => {
    const ended = await execa(packageFolder('bin', 'reinstate'), words, {
      cwd: directory,
      env: { ...own, ...environment },
      stdin: 'ignore',
      reject: false,
      timeout: 90_000,
    })
    return { code: ended.exitCode, out: ended.stdout, err: ended.stderr }
  }
  const type: Desk['type'] = (...words) => typeWith({}, ...words)
  afterAll(async () => {
    await type('dev', '--stop')
    rmSync(directory, { recursive: true, force: true })
  })
  return { directory, type, typeWith }
}
