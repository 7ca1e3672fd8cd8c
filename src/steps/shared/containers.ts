import { z } from 'zod'
import { StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { many, readFacts } from '../facts.ts'
import type { HeldPort } from '../step-kind.ts'

const label = z
  .string()
  .nullable()
  .transform((value) => value ?? '')

const container = z.object({
  id: z.string(),
  name: z.string().transform((name) => name.replace(/^\//, '')),
  /** The id of the image, and the name that the container was created from. */
  image: z.string(),
  imageName: z.string(),
  project: label,
  service: label,
  /** Compose's label: `db:service_healthy:false,cache:service_started:false`. */
  dependsOn: label,
  /** Hash of the service's configuration, by which Compose recognizes a change of it. */
  hash: label,
  /** `True` for a container of `compose run`. */
  oneOff: label,
  policy: z.object({ Name: z.string(), MaximumRetryCount: z.number() }),
  autoRemove: z.boolean(),
  status: z.string(),
  exitCode: z.number(),
  /** Empty without a health check. */
  health: z.string(),
  labels: z.record(z.string(), z.string()).nullable(),
  mounts: z.array(
    z.object({
      Type: z.string(),
      Name: z.string().default(''),
      Source: z.string().default(''),
      Destination: z.string(),
      RW: z.boolean().default(true),
    }),
  ),
  networks: z.record(z.string(), z.unknown()),
  ports: z
    .record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullable())
    .nullable(),
})
export type Container = ReturnType<typeof readContainer>

/** Lists all containers of a host, running or not. A missing label is the empty string. */
export async function listContainers(host: HostView): Promise<readonly Container[]> {
  return readContainers(await host.ask(question(shellFile('shared/containers.sh'))))
}

/** Parses the output of containers.sh; ignores other lines. */
export function readContainers(output: string): Container[] {
  return readFacts(output, { container: many }).container.map(readContainer)
}

function readContainer(text: string) {
  const { policy, networks, ...rest } = container.parse(readJson(text))
  const retries = policy.MaximumRetryCount > 0 ? `:${policy.MaximumRetryCount}` : ''
  return {
    ...rest,
    /** In the form of `docker update --restart`. Default: `no`. */
    policy: `${policy.Name || 'no'}${retries}`,
    networks: Object.keys(networks),
  }
}

/** Whether it runs, restarts or is paused. */
export function isUp({ status }: { readonly status: string }): boolean {
  return status === 'running' || status === 'restarting' || status === 'paused'
}

/** What containers mount: names of volumes and paths of directories, sorted, without volumes that have no name. */
export function mountsOf(containers: readonly Container[]): readonly string[] {
  const all = containers.flatMap(({ mounts }) =>
    mounts.flatMap(({ Type, Name, Source }) =>
      Type === 'volume' ? (/^[0-9a-f]{64}$/.test(Name) ? [] : [Name]) : Type === 'bind' ? [Source] : [],
    ),
  )
  return [...new Set(all)].sort().slice(0, 100)
}

const MOST_PORTS = 50

/** The fixed ports of the host that these containers publish. */
export function portsOf(containers: readonly Pick<Container, 'name' | 'ports'>[]): readonly HeldPort[] {
  const held = containers.flatMap(({ name, ports }) =>
    Object.entries(ports ?? {}).flatMap(([target, bindings]) =>
      (bindings ?? [])
        .filter(({ HostPort }) => /^\d+$/.test(HostPort))
        .map(({ HostPort }) => ({
          port: `${HostPort}/${target.split('/')[1] ?? 'tcp'}`,
          holder: `container ${name}`,
        })),
    ),
  )
  return held.slice(0, MOST_PORTS)
}

/** The first 12 characters of the id: they identify a container on its host. */
export function shortId({ id }: { readonly id: string }): string {
  return id.slice(0, 12)
}

/** Parses output of docker. JSON.parse's own error would quote the text, which may hold secrets. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new StepRefused('docker printed invalid JSON; is its version supported?')
  }
}
