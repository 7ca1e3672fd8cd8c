import { z } from 'zod'

const metadataNames = new Set(['metadata', 'metadata.google.internal', 'instance-data', '100.100.100.200'])

/** An address that answers over HTTP. No password in it, and not the address at which clouds hand out credentials. */
export const url = z
  .string()
  .superRefine((text, context) => {
    const message = wrong(text)
    if (message) context.addIssue({ code: 'custom', message })
  })
  .meta({ title: 'url', description: 'http:// or https://, without a password' })

/** `host:port:address`, as `curl --resolve` takes it: asks this address, whatever DNS says. */
export const resolveTo = z
  .string()
  .regex(/^[a-zA-Z0-9.-]+:\d{1,5}:(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\])$/, {
    error: 'must be host:port:address, such as n8n.example.org:443:127.0.0.1',
  })
  .refine((text) => !isMetadata(text.replace(/^[^:]*:\d+:/, '')), { error: 'leads to a metadata address' })
  .meta({ title: 'resolve', description: 'host:port:address; asks this address, whatever DNS says' })

function wrong(text: string): string | undefined {
  if (/[\u0000-\u0020\u007f]/.test(text)) return 'holds a blank or a control character'
  if (!URL.canParse(text)) return 'must be a URL such as http://127.0.0.1:8080/health'
  const { protocol, username, password, hostname } = new URL(text)
  if (protocol !== 'http:' && protocol !== 'https:') return 'must begin with http:// or https://'
  if (username !== '' || password !== '') return 'holds a user or a password; a URL is shown to everybody'
  if (isMetadata(hostname)) return 'is a metadata address, which hands out credentials of the machine'
  return undefined
}

function isMetadata(hostname: string): boolean {
  const name = hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
  const address = name.replace(/^::ffff:/, '')
  return (
    metadataNames.has(address) ||
    address.startsWith('169.254.') ||
    /^a9fe:/.test(address) ||
    /^fd00:ec2:/.test(name)
  )
}
