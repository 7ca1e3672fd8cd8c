import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { packageFolder } from '../src/config.ts'
import { startEmbedded } from '../src/embedded/start-embedded.ts'
import { removeStaleDroplets, startDroplet } from '../testbed/droplet.ts'
import type { Droplet } from '../testbed/droplet.ts'
import { layGuestbook } from '../testbed/guestbook.ts'
import { measureParts } from './parts.ts'

const HELP = `npm run demo [-- --yes] [-- --keep]

Restores a small broken stack on a throw-away droplet: a container with its own sshd and Docker engine.
Nothing outside that container is touched.

  --yes    answers the gate, printing what is approved
  --keep   leaves the droplet and Temporal running at the end, and says how to look at them and remove them
`

const RUN = 'guestbook-demo'
const words = process.argv.slice(2)
if (words.includes('--help') || words.some((word) => !['--yes', '--keep'].includes(word))) {
  process.stdout.write(HELP)
  process.exit(words.includes('--help') ? 0 : 2)
}
process.exit(await demo({ yes: words.includes('--yes'), keep: words.includes('--keep') }))

async function demo({ yes, keep }: { readonly yes: boolean; readonly keep: boolean }): Promise<number> {
  const parts = measureParts()
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-demo-'))
  const cleanUps: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const cleanUp = async () => {
    for (const undo of cleanUps.splice(0).reverse()) await undo().catch(say)
  }
  process.once('SIGINT', () => void cleanUp().then(() => process.exit(130)))
  try {
    await removeStaleDroplets()
    say('\nA throw-away droplet, with a broken guestbook, its backup, and a neighbour that must not notice:')
    const droplet = await parts.measure('droplet', () => startDroplet({ name: 'demo', kept: keep }))
    cleanUps.push(() => droplet.remove())
    const facts = await parts.measure('broken stack and backup', () => layGuestbook(droplet))
    await show(droplet, 'curl -s -w " (status %{http_code})" http://127.0.0.1:8080/api/health')
    await show(droplet, 'curl -s http://127.0.0.1:8080/api/entries/summary')

    const inventory = join(folder, 'inventory.yaml')
    const secrets = join(folder, 'guestbook.env')
    await writeFile(inventory, inventoryOf(droplet))
    await writeFile(secrets, `GUESTBOOK_PASSWORD=${facts.password}\n`, { mode: 0o600 })
    const home = join(folder, 'home')
    const temporal = await parts.measure('Temporal and a worker', () => startEmbedded({ home }))
    cleanUps.push(() => temporal.stop())
    say(`\nTemporal's UI: ${temporal.uiAddress}`)

    const inputs = {
      secrets,
      expected: `"sum": "${facts.sum}"`,
      database_image: 'testbed/postgres:17',
      app_image: 'testbed/guestbook:1',
      web_image: 'testbed/nginx:1',
    }
    const run = ['run', 'guestbook-restore', '--id', RUN, ...(yes ? ['--yes'] : [])]
    const given = Object.entries(inputs).flatMap(([name, value]) => ['--input', `${name}=${value}`])
    say(`\n$ reinstate ${run.join(' ')} --input …`)
    const environment = {
      REINSTATE_HOME: home,
      REINSTATE_INVENTORY: inventory,
      TEMPORAL_ADDRESS: temporal.address,
      REINSTATE_UI: temporal.uiAddress,
    }
    const { exitCode = 1 } = await parts.measure('restoration', () =>
      execa(process.execPath, [packageFolder('bin', 'reinstate'), ...run, ...given], {
        env: environment,
        stdio: 'inherit',
        reject: false,
      }),
    )

    say('\nWhat visitors get now, and the neighbour:')
    await show(droplet, 'curl -s http://127.0.0.1:8080/api/entries/summary')
    await show(droplet, `docker ps --format '{{.Names}}: {{.Status}}'`)
    parts.print()
    if (keep) {
      cleanUps.length = 0
      say(keptNote({ droplet, environment, ui: temporal.uiAddress, folder }))
    }
    return exitCode
  } finally {
    await cleanUp()
  }
}

async function show(droplet: Droplet, script: string): Promise<void> {
  const { stdout } = await droplet.exec(script)
  say(
    `  droplet$ ${script.replace(/ -w ".*?"/, '').replace(/ --format '.*'/, '')}\n    ${stdout.trim().replaceAll('\n', '\n    ')}`,
  )
}

function inventoryOf({ sshPort, privateKeyPath, hostKey }: Droplet): string {
  const key = hostKey.split(' ').slice(0, 2).join(' ')
  return `hosts:\n  droplet: { address: 127.0.0.1, port: ${sshPort}, user: root, key: ${privateKeyPath}, hostKey: "${key}" }\n`
}

function keptNote(kept: {
  readonly droplet: Droplet
  readonly environment: Readonly<Record<string, string>>
  readonly ui: string
  readonly folder: string
}): string {
  const settings = Object.entries(kept.environment).map(([name, value]) => `${name}=${value}`)
  return [
    '',
    `Kept: Temporal's UI at ${kept.ui}, the droplet as container ${kept.droplet.name}.`,
    `  export ${settings.join(' ')}`,
    `  bin/reinstate show ${RUN}          bin/reinstate roll-back ${RUN}`,
    `To remove it all: bin/reinstate dev --stop; docker rm -fv ${kept.droplet.name}; rm -r ${kept.folder}`,
  ].join('\n')
}

function say(line: unknown): void {
  process.stdout.write(`${line instanceof Error ? line.message : String(line)}\n`)
}
