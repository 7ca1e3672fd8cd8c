import { word } from './words.ts'

/** A host as it is said on a command line. */
export interface NewHost {
  readonly name: string
  readonly address: string
  readonly port?: number | undefined
  readonly user?: string | undefined
  readonly key?: string | undefined
}

/** An inventory with one host. */
export function inventoryText(host: NewHost): string {
  return [
    '# The machines that plans may name. Nothing in a plan is ever an address.',
    'hosts:',
    ...hostLines(host),
    '',
  ].join('\n')
}

/** The lines of one host, as they stand under `hosts:`. */
export function hostLines({ name, address, port, user = 'root', key }: NewHost): readonly string[] {
  return [
    `  ${name}:`,
    `    address: ${JSON.stringify(address)}`,
    port === undefined ? '    # port: 22' : `    port: ${port}`,
    ...(user === 'root'
      ? ['    user: root # or another who may sudo -n, with become: true']
      : [`    user: ${word(user)}`, '    become: true # it asks for root by sudo -n']),
    key === undefined
      ? '    # key: ~/.ssh/id_ed25519   without it: ssh-agent, ~/.ssh/config and the usual keys'
      : `    key: ${word(key)}`,
    '    # hostKey: is not needed here: reinstate trust writes it into known_hosts, beside this file',
  ]
}

/** Reads `user@address:port`. What is none, or what no machine can have, is told as `wrong`. */
export function readAddress(text: string): Omit<NewHost, 'name' | 'key'> | { readonly wrong: string } {
  const found =
    /^(?:(?<user>[A-Za-z_][\w.-]*)@)?(?<address>[A-Za-z0-9][\w.-]*|\[[0-9a-fA-F:]+\])(?::(?<port>\d{1,5}))?$/.exec(
      text,
    )?.groups
  if (!found) return { wrong: 'is not user@address:port, such as root@203.0.113.7' }
  const { user, address = '', port } = found
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535))
    return { wrong: `has the port ${port}; there are 1 to 65535` }
  // Kept free for manuals: it stands in ours.
  if (/^203\.0\.113\.\d+$/.test(address))
    return { wrong: 'is the address of our examples; give that of your machine' }
  return {
    address: address.replace(/^\[|\]$/g, ''),
    user,
    port: port === undefined ? undefined : Number(port),
  }
}
