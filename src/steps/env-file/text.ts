/**
 * `NAME=value`, so written that Compose's parser of env files gives the container exactly these characters. Where it
 * can be, the shell and our own secrets file read the same.
 */
export function envLine(name: string, value: string): string {
  if (/^[A-Za-z0-9_./:@%+,=-]*$/.test(value)) return `${name}=${value}`
  // As it stands, except that Compose takes a backslash before the last quote for part of it.
  if (!/['\r]|\\$/.test(value)) return `${name}='${value}'`
  return `${name}="${value.replace(/[\\"$\r\n]/g, escaped).replace(/\\\\$/, '\\0134')}"`
}

const letters: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n' }

function escaped(character: string): string {
  return letters[character] ?? `\\${character}`
}
