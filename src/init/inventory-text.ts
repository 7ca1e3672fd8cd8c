import { yamlScalar } from './yaml-scalar.ts'

/** A host as given on the command line. */
export interface NewHost {
  readonly name: string
  readonly address: string
  readonly port?: number | undefined
  readonly user?: string | undefined
  readonly key?: string | undefined
}

/** Returns an inventory with one host. */
export function inventoryText(host: NewHost): string {
  return ['# The hosts that plans may name. Plans hold no addresses.', 'hosts:', ...hostLines(host), ''].join(
    '\n',
  )
}

/** Returns the lines of one host under `hosts:`. */
export function hostLines({ name, address, port, user = 'root', key }: NewHost): readonly string[] {
  return [
    `  ${name}:`,
    `    address: ${JSON.stringify(address)}`,
    port === undefined ? '    # port: 22' : `    port: ${port}`,
    ...(user === 'root'
      ? ['    user: root # or a user with sudo -n, and become: true']
      : [`    user: ${yamlScalar(user)}`, '    become: true # becomes root by sudo -n']),
    key === undefined
      ? '    # key: ~/.ssh/id_ed25519   default: ssh-agent, ~/.ssh/config and the usual keys'
      : `    key: ${yamlScalar(key)}`,
    '    # hostKey: not needed; reinstate trust writes it to known_hosts in this folder',
  ]
}

/** Parses `user@address:port`. @returns `{ problem }` for an invalid address */
export function readAddress(text: string): Omit<NewHost, 'name' | 'key'> | { readonly problem: string } {
  const found =
    /^(?:(?<user>[A-Za-z_][\w.-]*)@)?(?<address>[A-Za-z0-9][\w.-]*|\[[0-9a-fA-F:]+\])(?::(?<port>\d{1,5}))?$/.exec(
      text,
    )?.groups
  if (!found) return { problem: 'is not user@address:port, such as root@203.0.113.7' }
  const { user, address = '', port } = found
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535))
    return { problem: `has the port ${port}; ports are 1 to 65535` }
  // Reserved for documentation, and used in ours.
  if (/^203\.0\.113\.\d+$/.test(address))
    return { problem: 'is an example address; give the address of your host' }
  return {
    address: address.replace(/^\[|\]$/g, ''),
    user,
    port: port === undefined ? undefined : Number(port),
  }
}
