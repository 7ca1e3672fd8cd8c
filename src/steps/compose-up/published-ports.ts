import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import type { Project } from '../shared/compose-project.ts'
import { maybe, readFacts } from '../facts.ts'
import type { Blocked, Effect } from '../step-kind.ts'

/** A port on an address of a host. */
interface Binding {
  readonly protocol: string
  readonly port: number
  /** Empty: every address of the host. */
  readonly address: string
}

/** Blocked until an earlier step frees a port: `port 8080/tcp, which container web holds, to be free`. */
export async function blockedOnPort(
  project: Project,
  services: readonly string[],
  host: HostView,
): Promise<Blocked | undefined> {
  const running = new Set(
    project.containers.filter(({ status }) => status === 'running').map(({ service }) => service),
  )
  const wanted = services
    .filter((name) => !running.has(name))
    .flatMap((name) => project.config?.services[name]?.ports ?? [])
    .filter(({ published }) => /^\d+$/.test(published ?? ''))
    .map(({ published, protocol, host_ip }) => ({
      protocol,
      port: Number(published),
      address: anyAsEmpty(host_ip),
    }))
  for (const binding of wanted) {
    const own = project.containers.filter(({ status }) => status === 'running')
    const holder = await holderOf(binding, { ...project, others: [...project.others, ...own] }, host)
    if (holder !== undefined)
      return {
        blockedOn: holder,
        text: `port ${binding.port}/${binding.protocol}, which ${describeHolder(holder)} holds, to be free`,
        takenPort: { port: `${binding.port}/${binding.protocol}`, holder: describeHolder(holder) },
        problem: {
          what: `port ${binding.port}/${binding.protocol} on ${host.name} is taken by ${describeHolder(holder)}; no step of this plan frees it`,
          advice: `ask whose ${describeHolder(holder)} is, and stop it`,
        },
      }
  }
  return undefined
}

/** The container or process outside this project that holds a port, as the effect that would free it. */
export async function holderOf(
  binding: Binding,
  { containers, others, listen }: Pick<Project, 'containers' | 'others' | 'listen'>,
  host: HostView,
): Promise<Effect | undefined> {
  const holds = ({ ports }: Pick<Project['containers'][number], 'ports'>) =>
    bindingsOf(ports).some((held) => collide(held, binding))
  const container = others.find(holds)
  if (container)
    return { how: 'modifies', what: 'container', name: container.name, project: container.project }
  // The engine's proxy listens for a container of this project.
  if (containers.some((own) => own.status === 'running' && holds(own))) return undefined
  const listener = listen.map(readListener).find((held) => collide(held, binding))
  return listener && (await processOf(listener.inode, host))
}

function bindingsOf(ports: Project['containers'][number]['ports']): Binding[] {
  return Object.entries(ports ?? {}).flatMap(([target, bindings]) =>
    (bindings ?? []).map(({ HostIp, HostPort }) => ({
      protocol: target.split('/')[1] ?? 'tcp',
      port: Number(HostPort),
      address: anyAsEmpty(HostIp),
    })),
  )
}

/** Parses `tcp 0100007F:1F90 12345`, the kernel's list of listeners: addresses in reverse byte order. */
function readListener(line: string): Binding & { readonly inode: string } {
  const [table = '', local = '', inode = ''] = line.split(' ')
  const [address = '', port = ''] = local.split(':')
  const bytes = address.match(/../g) ?? []
  const every = /^0*$/.test(address)
  const v4 =
    bytes.length === 4
      ? bytes
          .reverse()
          .map((byte) => parseInt(byte, 16))
          .join('.')
      : address
  return { protocol: table.slice(0, 3), port: parseInt(port, 16), address: every ? '' : v4, inode }
}

function collide(held: Binding, wanted: Binding): boolean {
  if (held.port !== wanted.port || held.protocol !== wanted.protocol) return false
  return held.address === '' || wanted.address === '' || held.address === wanted.address
}

function anyAsEmpty(address: string): string {
  return address === '0.0.0.0' || address === '::' ? '' : address
}

/** `container web`, `process nginx (812)`. */
export function describeHolder({ what, name }: Effect): string {
  return name === '' ? 'a process outside' : `${what} ${name}`
}

async function processOf(inode: string, host: HostView): Promise<Effect> {
  const output = await host.ask(question(shellFile('compose-up/process.sh', { inode })))
  const { process } = readFacts(output, { process: maybe })
  return { how: 'modifies', what: 'process', name: process ?? '' }
}
