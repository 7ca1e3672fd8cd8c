import { BlockList, isIP } from 'node:net'

const NAMES = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
])

/** Amazon and most other clouds (all of 169.254), Alibaba, Oracle, Azure. */
const V4 = [
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
  ['168.63.129.16', 32],
] as const

/** Amazon and Google. */
const V6 = ['fd00:ec2::', 'fd20:ce::']

/** IPv6 prefixes before an IPv4 address: compatible, mapped, NAT64 and link-local. */
const EMBEDDING = ['::', '::ffff:', '64:ff9b::', '64:ff9b:1::', 'fe80::']

const addresses = new BlockList()
for (const prefix of V6) addresses.addSubnet(prefix, 32, 'ipv6')
for (const [address, bits] of V4) {
  addresses.addSubnet(address, bits)
  for (const prefix of EMBEDDING) addresses.addSubnet(`${prefix}${address}`, 96 + bits, 'ipv6')
  const hex = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'))
  addresses.addSubnet(`2002:${hex[0]}${hex[1]}:${hex[2]}${hex[3]}::`, 16 + bits, 'ipv6')
}

/** Whether a host name, in the form of `URL.hostname`, is a metadata service that hands out a cloud machine's credentials. */
export function isMetadata(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '').toLowerCase()
  const address = name.replace(/^\[(.*)\]$/, '$1')
  const family = isIP(address)
  return family === 0 ? NAMES.has(name) : addresses.check(address, family === 6 ? 'ipv6' : 'ipv4')
}
