import type { SurveyedContainer } from './survey.ts'

/** `8080 to 80/tcp`, a line to each published port. */
export function portsOf({ ports }: SurveyedContainer): readonly string[] {
  return Object.entries(ports ?? {}).flatMap(([inside, outside]) =>
    (outside ?? []).map(({ HostIp, HostPort }) => `${withAddress(HostIp, HostPort)} to ${inside}`),
  )
}

/** Ports that serve no page. */
const NO_PAGE = new Set([22, 25, 53, 143, 465, 587, 993, 1433, 3306, 5432, 6379, 11_211, 27_017])
/** Those that most likely do, the likeliest first. */
const LIKELY = [80, 8080, 3000, 8000, 443, 8443, 5000]

/** The page of a project that is most likely the one that people open, asked from the host itself. */
export function pageOf(containers: readonly SurveyedContainer[]): string | undefined {
  const all = containers.flatMap(({ ports }) =>
    Object.entries(ports ?? {}).flatMap(([inside, outside]) => {
      const [port = '', protocol] = inside.split('/')
      if (protocol !== 'tcp' || NO_PAGE.has(Number(port))) return []
      return (outside ?? []).map(({ HostIp, HostPort }) => ({ inside: Number(port), HostIp, HostPort }))
    }),
  )
  const [first] = all.toSorted((a, b) => rank(a.inside) - rank(b.inside))
  if (!first || !/^\d+$/.test(first.HostPort)) return undefined
  const scheme = first.inside === 443 || first.inside === 8443 ? 'https' : 'http'
  const everywhere = ['', '0.0.0.0', '::'].includes(first.HostIp)
  return `${scheme}://${withAddress(everywhere ? '127.0.0.1' : first.HostIp, first.HostPort)}/`
}

function rank(port: number): number {
  const at = LIKELY.indexOf(port)
  return at < 0 ? LIKELY.length : at
}

function withAddress(address: string, port: string): string {
  if (address === '') return port
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
