/**
 * Settings of a service without which its server does not read its own data, and which the data does not tell. Scratch
 * servers get them; other settings are not needed to read rows. None of them holds a secret.
 */
const NEEDED = {
  PostgreSQL: ['shared_preload_libraries'],
  MariaDB: ['lower_case_table_names', 'plugin_load', 'plugin_load_add', 'aria_block_size'],
} as const

/** Matches a line of a configuration file that sets one of them: an extended regular expression. */
export const NEEDED_LINE = `^[[:space:]]*((${Object.values(NEEDED).flat().join('|').replaceAll('_', '[-_]')})[[:space:]]*=|appendonly[[:space:]])`

interface Configured {
  /** As in `Database`: PostgreSQL, MariaDB and so on. */
  readonly engine: string
  /** The words of the service's command. They win over files. */
  readonly command: readonly string[]
  /** Lines of its mounted configuration files. */
  readonly lines: readonly string[]
}

/** Returns the needed settings that a service's command and mounted configuration give its server, by name. */
export function serverOptionsOf({ engine, command, lines }: Configured): Readonly<Record<string, string>> {
  if (engine !== 'PostgreSQL' && engine !== 'MariaDB') return {}
  const needed: readonly string[] = NEEDED[engine]
  const settings = [...lines, ...command].flatMap((word) => {
    const [, name = '', value = ''] = /^\s*(?:-c\s*|--)?([\w.-]+)\s*=\s*(.*?)\s*$/.exec(word) ?? []
    const plain = name.toLowerCase().replaceAll('-', '_')
    return needed.includes(plain) ? [[plain, value.replace(/^(['"])(.*)\1$/, '$2')] as const] : []
  })
  return Object.fromEntries(settings)
}

/** Whether a server of Redis starts from its append-only files, and not from its snapshot. */
export function readsLog({ command, lines }: Pick<Configured, 'command' | 'lines'>): boolean {
  const pattern = /(?:^|\s|--)appendonly[\s=]+["']?(yes|no)\b/gi
  return [...lines.join('\n').matchAll(pattern), ...command.join(' ').matchAll(pattern)].at(-1)?.[1] === 'yes'
}

/** Whether a container mounts something at this path from which its database server may read settings. */
export function isServerConfiguration(target: string): boolean {
  return /\.(cnf|conf)$|conf\.d|^\/etc\/(mysql|postgres)/.test(target)
}
