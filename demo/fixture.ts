import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { packageFolder } from '../src/config.ts'
import { startEmbedded } from '../src/embedded/start-embedded.ts'
import { onCtrlC } from '../testbed/ctrl-c.ts'
import { removeStaleTestHosts, startTestHost } from '../testbed/test-host.ts'
import type { TestHost } from '../testbed/test-host.ts'
import { temporalProgram } from '../testbed/temporal-program.ts'
import { measureParts } from './parts.ts'
import { say } from './say.ts'

/** The options of a demo. */
export interface Wanted {
  /** Answers each decision, and prints what it approves. */
  readonly yes: boolean
  /** Keeps the test host and Temporal. */
  readonly keep: boolean
}

/** The fixture of a demo: a test host, a Temporal with its UI, and the CLI. */
export interface Fixture {
  readonly testHost: TestHost
  readonly folder: string
  readonly ui: string
  readonly measure: ReturnType<typeof measureParts>['measure']
  /** Runs the CLI on the terminal: its output is shown, and it can ask questions. */
  readonly reinstate: (...words: readonly string[]) => Promise<number>
  /** Runs the CLI without showing its output, which is returned. */
  readonly ask: (...words: readonly string[]) => Promise<{ readonly code: number; readonly out: string }>
}

interface Options extends Wanted {
  readonly name: string
  readonly ports?: readonly number[]
  /** The inventory's other hosts, as YAML under `hosts:`. */
  readonly hosts?: string
  /** The hints that `--keep` shows at the end. */
  readonly run: string
}

/** Sets up the fixture, runs the demo on it, prints the duration of each part, and removes everything without `--keep`. */
export async function onFixture(
  options: Options,
  play: (fixture: Fixture) => Promise<number>,
): Promise<number> {
  const parts = measureParts()
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-demo-'))
  const cleanUps: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const takeAway = async () => {
    for (const undo of cleanUps.splice(0).reverse()) await undo().catch(say)
  }
  // Ctrl-C also ends the demo's own processes. Both paths wait until everything is removed.
  let away: Promise<void> | undefined
  const cleanUp = () => (away ??= takeAway())
  onCtrlC(() => void cleanUp().then(() => process.exit(130)))
  try {
    await removeStaleTestHosts()
    const home = join(folder, 'home')
    // From the set-up: the new home of a demo would download it again.
    const temporalBinary = await temporalProgram()
    const temporal = await parts.measure('Temporal', () => startEmbedded({ home, temporalBinary }))
    cleanUps.push(() => temporal.stop())
    say(`Temporal's UI: ${temporal.uiAddress}`)
    const { name, ports, keep: kept } = options
    const testHost = await parts.measure('test host', () =>
      startTestHost({ name, kept, ...(ports ? { ports } : {}) }),
    )
    cleanUps.push(() => testHost.remove())
    const inventory = join(folder, 'inventory.yaml')
    await writeFile(inventory, inventoryOf(testHost, options.hosts))
    const environment = {
      REINSTATE_HOME: home,
      // Not the state that an earlier demo left on this machine.
      REINSTATE_LOCAL_ROOT: join(folder, 'local'),
      REINSTATE_INVENTORY: inventory,
      REINSTATE_SECRETS: folder,
      TEMPORAL_ADDRESS: temporal.address,
      REINSTATE_UI: temporal.uiAddress,
    }
    const type = cliWith(environment)
    const code = await play({ testHost, folder, ui: temporal.uiAddress, measure: parts.measure, ...type })
    parts.print()
    if (kept) {
      cleanUps.length = 0
      say(keptNote({ testHost, environment, ui: temporal.uiAddress, folder, run: options.run }))
    }
    return code
  } finally {
    await cleanUp()
  }
}

function cliWith(env: Readonly<Record<string, string>>): Pick<Fixture, 'reinstate' | 'ask'> {
  const program = packageFolder('bin', 'reinstate')
  return {
    reinstate: async (...words) => {
      const { exitCode = 1 } = await execa(process.execPath, [program, ...words], {
        env,
        stdio: 'inherit',
        reject: false,
      })
      return exitCode
    },
    ask: async (...words) => {
      const { exitCode: code = 1, stdout: out } = await execa(process.execPath, [program, ...words], {
        env,
        stdin: 'ignore',
        reject: false,
      })
      return { code, out }
    },
  }
}

function inventoryOf({ sshPort, privateKeyPath, hostKey }: TestHost, more = ''): string {
  const key = hostKey.split(' ').slice(0, 2).join(' ')
  return `hosts:\n  server: { address: 127.0.0.1, port: ${sshPort}, user: root, key: ${privateKeyPath}, hostKey: "${key}" }\n${more}`
}

function keptNote(kept: {
  readonly testHost: TestHost
  readonly environment: Readonly<Record<string, string>>
  readonly ui: string
  readonly folder: string
  readonly run: string
}): string {
  const settings = Object.entries(kept.environment).map(([name, value]) => `${name}=${value}`)
  return [
    '',
    `Kept: Temporal's UI at ${kept.ui}, the server as container ${kept.testHost.name}.`,
    `  export ${settings.join(' ')}`,
    `  bin/reinstate show ${kept.run}          bin/reinstate rollback ${kept.run}`,
    `To remove it all: bin/reinstate dev --stop; docker rm -fv ${kept.testHost.name}; rm -r ${kept.folder}`,
  ].join('\n')
}
