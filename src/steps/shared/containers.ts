import { z } from 'zod'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { many, readFacts } from '../facts.ts'

const label = z
  .string()
  .nullable()
  .transform((value) => value ?? '')

const container = z.object({
  id: z.string(),
  name: z.string().transform((name) => name.replace(/^\//, '')),
  /** The id of the image, and its name as the container was made with it. */
  image: z.string(),
  imageName: z.string(),
  project: label,
  service: label,
  /** `db:service_healthy:false,cache:service_started:false`: what Compose writes down. */
  dependsOn: label,
  policy: z.object({ Name: z.string(), MaximumRetryCount: z.number() }),
  autoRemove: z.boolean(),
  status: z.string(),
  exitCode: z.number(),
  /** Empty where it has no health check. */
  health: z.string(),
  labels: z.record(z.string(), z.string()).nullable(),
  mounts: z.array(
    z.object({ Type: z.string(), Name: z.string().default(''), Source: z.string(), Destination: z.string() }),
  ),
  networks: z.record(z.string(), z.unknown()),
})
export type KnownContainer = ReturnType<typeof readContainer>

/** All containers of a host, running or not, found in one exec. Labels that are not there are empty. */
export async function listContainers(host: HostView): Promise<readonly KnownContainer[]> {
  return readContainers(await host.ask(question(shellFile('shared/containers.sh'))))
}

/** Reads what containers.sh printed; other lines are passed over. */
export function readContainers(output: string): KnownContainer[] {
  return readFacts(output, { container: many }).container.map(readContainer)
}

function readContainer(text: string) {
  const { policy, networks, ...rest } = container.parse(JSON.parse(text))
  const retries = policy.MaximumRetryCount > 0 ? `:${policy.MaximumRetryCount}` : ''
  return {
    ...rest,
    /** As `docker update --restart` takes it; `no` where there is none. */
    policy: `${policy.Name || 'no'}${retries}`,
    networks: Object.keys(networks),
  }
}

/** Whether it runs, or would again in a moment. */
export function isUp({ status }: { readonly status: string }): boolean {
  return status === 'running' || status === 'restarting' || status === 'paused'
}

/** What is long enough to name a container on its host, and short enough to be kept. */
export function shortId({ id }: { readonly id: string }): string {
  return id.slice(0, 12)
}
