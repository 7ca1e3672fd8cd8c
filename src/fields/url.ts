import { z } from 'zod'
import { isMetadata } from './metadata-address.ts'

/** An address that answers over HTTP. No password in it, and not the address at which clouds hand out credentials. */
export const url = z
  .string()
  .superRefine((text, context) => {
    const message = wrong(text)
    if (message) context.addIssue({ code: 'custom', message })
  })
  .meta({
    title: 'url',
    description: 'http:// or https://, without a password',
    // As much as a pattern can say, for editors.
    pattern: '^https?://[^\\s/@]+(?:[/?#]\\S*)?$',
  })

const RESOLVE = /^[a-zA-Z0-9.-]+:(\d{1,5}):(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\])$/

/** `host:port:address`, as `curl --resolve` takes it: asks this address, whatever DNS says. */
export const resolveTo = z
  .string()
  .regex(RESOLVE, { error: 'must be host:port:address, such as n8n.example.org:443:127.0.0.1' })
  .superRefine((text, context) => {
    const message = wrongResolve(text)
    if (message) context.addIssue({ code: 'custom', message })
  })
  .meta({ title: 'resolve', description: 'host:port:address; asks this address, whatever DNS says' })

function wrong(text: string): string | undefined {
  if (/[\u0000-\u0020\u007f]/.test(text)) return 'holds a blank or a control character'
  if (!URL.canParse(text)) return 'must be a URL such as http://127.0.0.1:8080/health'
  const { protocol, username, password, hostname, port } = new URL(text)
  if (protocol !== 'http:' && protocol !== 'https:') return 'must begin with http:// or https://'
  if (username !== '' || password !== '') return 'holds a user or a password; a URL is shown to everybody'
  if (port === '0') return 'has the port 0; ports go from 1 to 65535'
  if (isMetadata(hostname)) return 'is a metadata address, which hands out credentials of the machine'
  return undefined
}

function wrongResolve(text: string): string | undefined {
  const [, port = '', written] = RESOLVE.exec(text) ?? []
  // That it has another form was said already.
  if (written === undefined) return undefined
  if (Number(port) < 1 || Number(port) > 65_535) return `has the port ${port}; ports go from 1 to 65535`
  // One address can be written in many ways, and URL makes one of them.
  const address = URL.canParse(`http://${written}/`) ? new URL(`http://${written}/`).hostname : ''
  if (address === '' || (!written.startsWith('[') && address !== written))
    return `has ${written}, which is no IP address`
  if (isMetadata(address)) return 'leads to a metadata address, which hands out credentials of the machine'
  return undefined
}
