import { BlockList, isIPv6 } from 'node:net'
import { StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { many, readFacts } from '../facts.ts'
import type { Configuration, Project } from '../shared/compose-project.ts'

const BRIDGE = 'com.docker.network.bridge.name'

/**
 * Refuses a network that Compose would have to create and the engine would not: another one has its subnet or its bridge, also
 * one whose containers are stopped. Found only at the start, the old stack would be down by then.
 * @throws StepRefused about the other network, which an earlier step may remove
 */
export async function refuseTakenSubnets(
  { config, network: existing }: Pick<Project, 'network'> & { readonly config: Configuration },
  services: readonly string[],
  host: HostView,
): Promise<void> {
  const used = new Set(services.flatMap((name) => Object.keys(config.services[name]?.networks ?? {})))
  const created = Object.entries(config.networks ?? {}).flatMap(([key, { name, external, ...own }]) => {
    if (external || !used.has(key) || existing.includes(name)) return []
    const subnets = (own.ipam?.config ?? []).flatMap(({ subnet }) => subnet ?? [])
    const bridge = own.driver_opts?.[BRIDGE]
    return subnets.length > 0 || bridge !== undefined ? [{ key, name, subnets, bridge }] : []
  })
  if (created.length === 0) return
  const output = await host.ask(question(shellFile('compose-up/networks.sh', {})))
  const taken = readFacts(output, { taken: many }).taken.map((line) => {
    const [name = '', project = '', bridge = '', subnets = ''] = line.split('|')
    return { name, project, bridge, subnets: subnets.split(' ').filter(Boolean) }
  })
  for (const { key, name, subnets, bridge } of created) {
    const other = taken.find(
      (one) =>
        (bridge !== undefined && one.bridge === bridge) ||
        subnets.some((subnet) => one.subnets.some((held) => overlap(subnet, held))),
    )
    if (!other) continue
    const wants = other.bridge !== '' && other.bridge === bridge ? `bridge ${bridge}` : subnets.join(', ')
    throw new StepRefused(
      `network ${name} wants ${wants}, which network ${other.name} has${other.project === '' ? '' : ` of project ${other.project}`}: ` +
        `the engine would not create it. Use that network again (networks: { ${key}: { external: true, name: ${other.name} } } in an override), or remove it in an earlier step`,
      {
        about: [
          {
            ...{ how: 'deletes', what: 'network', name: other.name },
            ...(other.project !== '' && { project: other.project }),
          },
        ],
      },
    )
  }
}

/** Whether two subnets, such as `172.20.0.0/16`, have an address in common. */
function overlap(one: string, other: string): boolean {
  return holds(one, other) || holds(other, one)
}

/** Whether the outer subnet has the first address of the inner one. */
function holds(outer: string, inner: string): boolean {
  const [address = '', prefix = ''] = outer.split('/')
  const [first = ''] = inner.split('/')
  const list = new BlockList()
  try {
    list.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4')
  } catch {
    // Compose reports a subnet that is none.
    return false
  }
  return list.check(first, isIPv6(first) ? 'ipv6' : 'ipv4')
}
