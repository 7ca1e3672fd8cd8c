import { openHosts } from '../../src/host/hosts.ts'
import type { AllHosts, HostsOptions } from '../../src/host/hosts.ts'
import { parseInventory } from '../../src/host/inventory.ts'
import { command, question } from '../../src/shell/command.ts'
import { sh } from '../../src/shell/script.ts'
import type { TestHost } from '../../testbed/test-host.ts'
import { binding } from '../host/binding.ts'

/** A test host as a host named `test host`, over another port where there is something on the way. */
export function hostsOf(
  { sshPort, privateKeyPath, hostKey }: TestHost,
  { port = sshPort, ...options }: Partial<HostsOptions> & { readonly port?: number } = {},
): AllHosts {
  const testHost = { address: '127.0.0.1', port, user: 'root', key: privateKeyPath, hostKey }
  const inventory = parseInventory(JSON.stringify({ hosts: { server: testHost } }), 'inventory.yaml')
  return openHosts({ inventory, knownHosts: '/nowhere', sshConfig: '/nowhere', ...options })
}

/** Hosts that have been worked with, as a worker's have: a shell and a supervisor wait on their connection for what comes next. */
export async function usedHosts(
  testHost: TestHost,
  options: Parameters<typeof hostsOf>[1] = {},
): Promise<UsedHosts> {
  const { root = '/var/lib/reinstate' } = options
  const hosts = hostsOf(testHost, options)
  const supervisorOf = (runToken: string): Promise<string> =>
    testHost.must(`cd ${root}/runs && ls -d ${runToken}_*/owner.* | cut -d . -f 2 | sort -u`)
  const before = binding()
  const host = hosts.bind('server', before)
  await host.ask(question(sh`true`))
  await host.run('before', command(sh`true`))
  const supervisor = await supervisorOf(before.runToken)
  return {
    ...hosts,
    isKept: async (runToken) => (await supervisorOf(runToken)) === supervisor,
  }
}

export interface UsedHosts extends AllHosts {
  /** Whether the command of this run was begun by the supervisor that waited. */
  isKept(runToken: string): Promise<boolean>
}

/** What a promise was rejected with. */
export function thrown(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}
