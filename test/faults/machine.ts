import { openHosts } from '../../src/host/hosts.ts'
import type { AllHosts, HostsOptions } from '../../src/host/hosts.ts'
import { parseInventory } from '../../src/host/inventory.ts'
import type { Droplet } from '../../testbed/droplet.ts'

/** A droplet as a host named `droplet`, over another port where there is something on the way. */
export function hostsOf(
  { sshPort, privateKeyPath, hostKey }: Droplet,
  { port = sshPort, ...options }: Partial<HostsOptions> & { readonly port?: number } = {},
): AllHosts {
  const droplet = { address: '127.0.0.1', port, user: 'root', key: privateKeyPath, hostKey }
  const inventory = parseInventory(JSON.stringify({ hosts: { droplet } }), 'inventory.yaml')
  return openHosts({ inventory, knownHosts: '/nowhere', sshConfig: '/nowhere', ...options })
}

/** What a promise was rejected with. */
export function thrown(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}
