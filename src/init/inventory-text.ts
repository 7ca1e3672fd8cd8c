import { word } from './words.ts'

export interface NewHost {
  readonly name: string
  readonly address?: string | undefined
  readonly port?: number | undefined
  readonly user?: string | undefined
  readonly key?: string | undefined
}

/** An inventory with one host; what is not known yet is there to be filled in. */
export function inventoryText({ name, address, port, user = 'root', key }: NewHost): string {
  return [
    '# The machines that plans may name. Nothing in a plan is ever an address. Next: reinstate trust ' + name,
    'hosts:',
    `  ${name}:`,
    address === undefined ? '    address: 203.0.113.7 # fill in' : `    address: ${JSON.stringify(address)}`,
    port === undefined ? '    # port: 22' : `    port: ${port}`,
    `    user: ${word(user)}${user === 'root' ? ' # or another who may sudo -n, with become: true' : '\n    become: true # it asks for root by sudo -n'}`,
    key === undefined
      ? '    # key: ~/.ssh/id_ed25519   without it: ssh-agent, ~/.ssh/config and the usual keys'
      : `    key: ${word(key)}`,
    '    # hostKey: is not needed here: reinstate trust writes it into known_hosts, beside this file',
    '',
  ].join('\n')
}

/** Reads `user@address:port`; undefined where that is none. */
export function readAddress(text: string): Omit<NewHost, 'name' | 'key'> | undefined {
  const found =
    /^(?:(?<user>[A-Za-z_][\w.-]*)@)?(?<address>[A-Za-z0-9][\w.-]*|\[[0-9a-fA-F:]+\])(?::(?<port>\d{1,5}))?$/.exec(
      text,
    )?.groups
  if (!found) return undefined
  const { user, address = '', port } = found
  return {
    address: address.replace(/^\[|\]$/g, ''),
    user,
    port: port === undefined ? undefined : Number(port),
  }
}
