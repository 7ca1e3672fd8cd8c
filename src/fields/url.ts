import { z } from 'zod'
import { isMetadata } from './metadata-address.ts'

/** An HTTP URL without a password, and not of a cloud's metadata service. */
export const url = z
  .string()
  .superRefine((text, context) => {
    const message = wrongUrl(text)
    if (message) context.addIssue({ code: 'custom', message })
  })
  .meta({
    title: 'url',
    description: 'http:// or https://, without a password',
    // For editors; covers only a part of the rules.
    pattern: '^https?://[^\\s/@]+(?:[/?#]\\S*)?$',
  })

const RESOLVE = /^[a-zA-Z0-9.-]+:(\d{1,5}):(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\])$/

/** `host:port:address`, as for `curl --resolve`: connects to this address instead of the one in DNS. */
export const resolveTo = z
  .string()
  .regex(RESOLVE, { error: 'must be host:port:address, such as n8n.example.org:443:127.0.0.1' })
  .superRefine((text, context) => {
    const message = wrongResolve(text)
    if (message) context.addIssue({ code: 'custom', message })
  })
  .meta({
    title: 'resolve',
    description: 'host:port:address; connects to this address instead of the one in DNS',
  })

/** Why a text is not such a URL; undefined if it is one. */
export function wrongUrl(text: string): string | undefined {
  if (/[\u0000-\u0020\u007f]/.test(text)) return 'contains a space or a control character'
  if (!URL.canParse(text)) return 'must be a URL such as http://127.0.0.1:8080/health'
  const { protocol, username, password, hostname, port } = new URL(text)
  if (protocol !== 'http:' && protocol !== 'https:') return 'must begin with http:// or https://'
  if (username !== '' || password !== '') return 'contains a user or a password; URLs are shown to everyone'
  if (port === '0') return 'has the port 0; a port is 1 to 65535'
  if (isMetadata(hostname)) return 'is a metadata service, which hands out credentials of the machine'
  return undefined
}

function wrongResolve(text: string): string | undefined {
  const [, port = '', written] = RESOLVE.exec(text) ?? []
  // The pattern has reported the problem.
  if (written === undefined) return undefined
  if (Number(port) < 1 || Number(port) > 65_535) return `has the port ${port}; a port is 1 to 65535`
  // URL normalises the many spellings of an address.
  const address = URL.canParse(`http://${written}/`) ? new URL(`http://${written}/`).hostname : ''
  if (address === '' || (!written.startsWith('[') && address !== written))
    return `contains ${written}, which is not an IP address`
  if (isMetadata(address)) return 'leads to a metadata service, which hands out credentials of the machine'
  return undefined
}
