const NAMES = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
])

/** Of Amazon and most others (all of 169.254), Alibaba, Oracle and Azure. */
const V4 = /^(?:169\.254\.\d+\.\d+|100\.100\.100\.200|192\.0\.0\.192|168\.63\.129\.16)$/

/** Whether a machine of a cloud gets its credentials there. Takes a host name as `URL` gives it. */
export function isMetadata(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '').toLowerCase()
  if (!name.startsWith('[')) return NAMES.has(name) || V4.test(name)
  const groups = groupsOf(name.slice(1, -1))
  const [first = 0, second = 0] = groups
  // Amazon's and Google's own IPv6 addresses.
  if ((first === 0xfd00 && second === 0xec2) || (first === 0xfd20 && second === 0xce)) return true
  return v4Within(groups).some((address) => V4.test(address))
}

/** The IPv4 addresses that an IPv6 address stands for: mapped, compatible, NAT64, 6to4, and link-local ones made of them. */
function v4Within(groups: readonly number[]): readonly string[] {
  const [first = 0, second = 0, third = 0, , , sixth = 0, seventh = 0, eighth = 0] = groups
  const v4 = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join('.')
  const isEmbedded =
    groups.slice(0, 5).every((group) => group === 0) && (sixth === 0 || sixth === 0xffff)
      ? true
      : (first === 0x64 && second === 0xff9b) || first === 0xfe80
  return [...(isEmbedded ? [v4(seventh, eighth)] : []), ...(first === 0x2002 ? [v4(second, third)] : [])]
}

/** Eight numbers of an address that `URL` has normalised: hexadecimal, with one `::` at most. */
function groupsOf(address: string): readonly number[] {
  const [left = '', right] = address.split('::')
  const numbers = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const before = numbers(left)
  const after = numbers(right ?? '')
  return right === undefined
    ? before
    : [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
}
