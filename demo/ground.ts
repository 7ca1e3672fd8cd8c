import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { packageFolder } from '../src/config.ts'
import { startEmbedded } from '../src/embedded/start-embedded.ts'
import { onCtrlC } from '../testbed/ctrl-c.ts'
import { removeStaleDroplets, startDroplet } from '../testbed/droplet.ts'
import type { Droplet } from '../testbed/droplet.ts'
import { temporalProgram } from '../testbed/temporal-program.ts'
import { measureParts } from './parts.ts'
import { say } from './say.ts'

/** What a demo was asked for. */
export interface Wanted {
  /** Each decision is answered, and what is approved is printed. */
  readonly yes: boolean
  /** The droplet and Temporal stay. */
  readonly keep: boolean
}

/** Where a demo takes place: a droplet, a Temporal with its UI, and the CLI that works with both. */
export interface Ground {
  readonly droplet: Droplet
  readonly folder: string
  readonly ui: string
  readonly measure: ReturnType<typeof measureParts>['measure']
  /** The CLI as a person types it: what it prints is seen, and it asks where somebody sits. */
  readonly reinstate: (...words: readonly string[]) => Promise<number>
  /** The same without showing it; answers what it printed. */
  readonly ask: (...words: readonly string[]) => Promise<{ readonly code: number; readonly out: string }>
}

interface Options extends Wanted {
  readonly name: string
  readonly ports?: readonly number[]
  /** The inventory's other hosts, as YAML under `hosts:`. */
  readonly hosts?: string
  /** What `--keep` may show at the end. */
  readonly run: string
}

/** Makes the ground, plays the demo on it, prints how long each part took, and takes all away unless it is kept. */
export async function onGround(options: Options, play: (ground: Ground) => Promise<number>): Promise<number> {
  const parts = measureParts()
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-demo-'))
  const cleanUps: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const takeAway = async () => {
    for (const undo of cleanUps.splice(0).reverse()) await undo().catch(say)
  }
  // Ctrl-C ends what is being played as well, which comes here too: neither leaves before all is gone.
  let away: Promise<void> | undefined
  const cleanUp = () => (away ??= takeAway())
  onCtrlC(() => void cleanUp().then(() => process.exit(130)))
  try {
    await removeStaleDroplets()
    const home = join(folder, 'home')
    // Fetched by the set-up; the home of a demo is new, and would fetch it again.
    const temporalBinary = await temporalProgram()
    const temporal = await parts.measure('Temporal', () => startEmbedded({ home, temporalBinary }))
    cleanUps.push(() => temporal.stop())
    say(`Temporal's UI: ${temporal.uiAddress}`)
    const { name, ports, keep: kept } = options
    const droplet = await parts.measure('droplet', () =>
      startDroplet({ name, kept, ...(ports ? { ports } : {}) }),
    )
    cleanUps.push(() => droplet.remove())
    const inventory = join(folder, 'inventory.yaml')
    await writeFile(inventory, inventoryOf(droplet, options.hosts))
    const environment = {
      REINSTATE_HOME: home,
      // What an earlier demo left behind on this machine is none of this one's business.
      REINSTATE_LOCAL_ROOT: join(folder, 'local'),
      REINSTATE_INVENTORY: inventory,
      TEMPORAL_ADDRESS: temporal.address,
      REINSTATE_UI: temporal.uiAddress,
    }
    const type = cliWith(environment)
    const code = await play({ droplet, folder, ui: temporal.uiAddress, measure: parts.measure, ...type })
    parts.print()
    if (kept) {
      cleanUps.length = 0
      say(keptNote({ droplet, environment, ui: temporal.uiAddress, folder, run: options.run }))
    }
    return code
  } finally {
    await cleanUp()
  }
}

function cliWith(env: Readonly<Record<string, string>>): Pick<Ground, 'reinstate' | 'ask'> {
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

function inventoryOf({ sshPort, privateKeyPath, hostKey }: Droplet, more = ''): string {
  const key = hostKey.split(' ').slice(0, 2).join(' ')
  return `hosts:\n  droplet: { address: 127.0.0.1, port: ${sshPort}, user: root, key: ${privateKeyPath}, hostKey: "${key}" }\n${more}`
}

function keptNote(kept: {
  readonly droplet: Droplet
  readonly environment: Readonly<Record<string, string>>
  readonly ui: string
  readonly folder: string
  readonly run: string
}): string {
  const settings = Object.entries(kept.environment).map(([name, value]) => `${name}=${value}`)
  return [
    '',
    `Kept: Temporal's UI at ${kept.ui}, the droplet as container ${kept.droplet.name}.`,
    `  export ${settings.join(' ')}`,
    `  bin/reinstate show ${kept.run}          bin/reinstate roll-back ${kept.run}`,
    `To remove it all: bin/reinstate dev --stop; docker rm -fv ${kept.droplet.name}; rm -r ${kept.folder}`,
  ].join('\n')
}
