import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Binding, Host } from '../src/host/host.ts'
import { openHosts } from '../src/host/hosts.ts'
import { readInventory } from '../src/host/inventory.ts'
import { Secret } from '../src/shell/secret.ts'
import type { AnyStepKind, Values } from '../src/steps/step-kind.ts'
import { startTestHost, type TestHost, type TestHostOptions } from './test-host.ts'

/** A test host for one test file, used like by a worker: over ssh, with receipts. */
export interface Stage {
  readonly testHost: TestHost
  /** A step of a new run. Each attempt has a new binding. */
  readonly step: (options?: { readonly secrets?: readonly Secret[]; readonly signal?: AbortSignal }) => Bound
  /** Removes what tests create: containers, volumes, networks, the contents of /srv and /backup. */
  readonly clear: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface Bound {
  readonly mark: string
  readonly at: (attempt?: Binding['attempt']) => Host
  /** Another step of the same phase and run. */
  readonly later: (step: string) => Pick<Bound, 'at'>
}

export async function openStage(options: TestHostOptions = {}): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-steps-'))
  const testHost = await startTestHost({ name: 'steps', ...options })
  const { sshPort, privateKeyPath, hostKey } = testHost
  const entry = { address: '127.0.0.1', port: sshPort, user: 'root', key: privateKeyPath, hostKey }
  const file = join(folder, 'inventory.yaml')
  // The same machine under another name, for steps that inspect a second host.
  await writeFile(file, JSON.stringify({ hosts: { server: entry, beside: entry } }))
  const hosts = openHosts({
    inventory: await readInventory(file),
    knownHosts: join(folder, 'known_hosts'),
    sshConfig: join(folder, 'none'),
  })
  return {
    testHost,
    step: ({ secrets = [], signal = new AbortController().signal } = {}) => {
      const known = {
        runToken: randomUUID(),
        phase: 'try',
        step: 'it',
        secrets,
        signal,
        beat: () => undefined,
        planHosts: ['server', 'beside'],
      }
      return {
        mark: `${known.runToken}/try/it`,
        at: (attempt = 1) => hosts.bind('server', { ...known, attempt }),
        later: (step) => ({
          at: (attempt = 1) => hosts.bind('server', { ...known, step, attempt }),
        }),
      }
    },
    clear: async () => void (await testHost.must(CLEAR)),
    close: async () => {
      await hosts.close()
      await testHost.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

// The engine's API first: most steps of files leave it as it was. It has three networks of its own.
const CLEAR = String.raw`
left=$(curl -s --unix-socket /run/docker.sock 'http://engine/containers/json?all=1' http://engine/volumes http://engine/networks |
  grep -oE '"Id":"|"Mountpoint":"' | wc -l)
if [ "$left" != 3 ]; then
  docker ps -aq | xargs -r docker rm -fv > /dev/null
  docker network prune -f > /dev/null
  docker volume ls -q | xargs -r docker volume rm -f > /dev/null
fi
find /srv /backup -mindepth 1 -delete`

/**
 * Parses fields of a plan through JSON and the kind's schema. The name of a secret is its value: `${{ secrets.hunter2 }}`
 * becomes hunter2.
 */
export function fieldsOf<Kind extends AnyStepKind>(kind: Kind, written: object): Values<Kind['fields']> {
  const fields: unknown = JSON.parse(JSON.stringify(written), (_, value: unknown) => {
    const [, secret] = (typeof value === 'string' && /^\$\{\{ secrets\.(.+) \}\}$/.exec(value)) || []
    return secret === undefined ? value : new Secret(secret)
  })
  return z.strictObject(kind.fields).parse(fields) as Values<Kind['fields']>
}
