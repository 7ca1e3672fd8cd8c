import { addressesOf } from './addresses.ts'
import { replicasOf } from './as-started.ts'
import type { InspectedConfiguration } from './inspection.ts'
import { withoutRun } from './names.ts'
import type { Service } from './stack.ts'
import type { SurveyedContainer } from './survey.ts'

interface ServiceOptions {
  readonly config: InspectedConfiguration
  readonly madeBy: string | undefined
  /** The image by service, where its name now stands for another one. */
  readonly images: ReadonlyMap<string, string>
}

/** Returns each service once, however many containers it has. */
export function servicesOf(
  containers: readonly SurveyedContainer[],
  about: ServiceOptions,
): readonly Service[] {
  const first = new Map(containers.toReversed().map((one) => [one.service, one]))
  return [...first.values()]
    .toSorted((a, b) => a.service.localeCompare(b.service))
    .map((one) => serviceOf(one, { ...about, containers }))
}

function serviceOf(
  container: SurveyedContainer,
  about: ServiceOptions & { readonly containers: readonly SurveyedContainer[] },
): Service {
  const { service, image, status, variables } = container
  const { config, madeBy, images } = about
  const declared = config.services[service]
  const containerName =
    declared?.container_name === undefined ? undefined : withoutRun(declared.container_name, madeBy)
  // A built image without a name is named after the old project.
  const runs = images.get(service) ?? (declared?.image === image ? undefined : image)
  const replicas = replicasOf(service, about)
  return {
    ...{ service, image, status, ports: portsOf(container), variables: variables.toSorted() },
    ...(containerName !== undefined && { containerName }),
    ...(runs !== undefined && { runs }),
    ...(replicas && { replicas }),
    addresses: addressesOf(service, { ...about, containerName }),
  }
}

/** Returns `8080 to 80/tcp` for each published port. */
export function portsOf({ ports }: SurveyedContainer): readonly string[] {
  return Object.entries(ports ?? {}).flatMap(([inside, outside]) =>
    (outside ?? []).map(({ HostIp, HostPort }) => `${withAddress(HostIp, HostPort)} to ${inside}`),
  )
}

/** Ports that serve no web page. */
const NO_PAGE = new Set([
  ...[
    21, 22, 25, 53, 110, 143, 389, 445, 465, 587, 636, 993, 995, 1433, 1883, 1935, 2222, 3306, 3478, 5060,
    5222,
  ],
  ...[5269, 5432, 6379, 6667, 8883, 9092, 11_211, 25_565, 27_017],
])
/** Ports that probably serve one, the most likely first. */
const LIKELY = [80, 8080, 3000, 8000, 443, 8443, 5000]

/** Returns the URLs, on the host itself, that may be the page that people open, the most likely first. */
export function pagesOf(containers: readonly SurveyedContainer[]): readonly string[] {
  const all = containers.flatMap(({ ports }) =>
    Object.entries(ports ?? {}).flatMap(([inside, outside]) => {
      const [port = '', protocol] = inside.split('/')
      if (protocol !== 'tcp' || NO_PAGE.has(Number(port))) return []
      return (outside ?? []).map(({ HostIp, HostPort }) => ({ inside: Number(port), HostIp, HostPort }))
    }),
  )
  const urls = all
    .filter(({ HostPort }) => /^\d+$/.test(HostPort))
    .toSorted((a, b) => rank(a.inside) - rank(b.inside))
    .map(({ inside, HostIp, HostPort }) => {
      const scheme = inside === 443 || inside === 8443 ? 'https' : 'http'
      const everywhere = ['', '0.0.0.0', '::'].includes(HostIp)
      return `${scheme}://${withAddress(everywhere ? '127.0.0.1' : HostIp, HostPort)}/`
    })
  return [...new Set(urls)].slice(0, 5)
}

function rank(port: number): number {
  const at = LIKELY.indexOf(port)
  return at < 0 ? LIKELY.length : at
}

function withAddress(address: string, port: string): string {
  if (address === '') return port
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
