/** The names and values of an env file, and the lines that are neither. No message holds a value. */
export interface EnvFile {
  readonly entries: ReadonlyMap<string, string>
  readonly problems: readonly { readonly line: number; readonly message: string }[]
}

const NAME = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/
const IGNORED = /^[ \t]*(?:#[^\n]*)?\r?(?:\n|$)/
const SINGLE = /^'([^']*)'[ \t]*(?:#[^\n]*)?\r?(?:\n|$)/
const DOUBLE = /^"((?:\\[^]|[^"\\])*)"[ \t]*(?:#[^\n]*)?\r?(?:\n|$)/
const PLAIN = /^([^'"\n\r][^\n\r]*)?\r?(?:\n|$)/
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' }

/**
 * Parses `NAME=value` lines: 'as it stands', "with \n and \" read", or plain up to " #". Quoted values may have
 * several lines. `$` is a dollar. A name that is there twice is a problem: which one would be meant?
 */
export function parseEnvFile(text: string): EnvFile {
  const entries = new Map<string, string>()
  const problems: { line: number; message: string }[] = []
  let rest = text.replace(/^\ufeff/, '')
  let line = 1
  const skip = (length: number): void => {
    line += rest.slice(0, length).split('\n').length - 1
    rest = rest.slice(length)
  }
  while (rest !== '') {
    const ignored = IGNORED.exec(rest)
    const [start, name = ''] = NAME.exec(rest) ?? []
    const value = start === undefined ? undefined : valueIn(rest.slice(start.length))
    if (ignored) skip(ignored[0].length)
    else if (start === undefined || !value) {
      problems.push({
        line,
        message: start === undefined ? 'is not NAME=value' : 'has a quote that is not closed',
      })
      skip(/^[^\n]*\n?/.exec(rest)?.[0].length ?? rest.length)
    } else {
      if (entries.has(name)) problems.push({ line, message: `gives ${name} a second time` })
      entries.set(name, value.text)
      skip(start.length + value.length)
    }
  }
  return { entries, problems }
}

function valueIn(rest: string): { readonly text: string; readonly length: number } | undefined {
  const single = SINGLE.exec(rest)
  if (single) return { text: single[1] ?? '', length: single[0].length }
  const double = DOUBLE.exec(rest)
  if (double) {
    const text = (double[1] ?? '').replace(/\\([^])/g, (both, letter: string) => ESCAPES[letter] ?? both)
    return { text, length: double[0].length }
  }
  const plain = PLAIN.exec(rest)
  if (plain) return { text: (plain[1] ?? '').replace(/(^|[ \t])#.*$/, '').trimEnd(), length: plain[0].length }
  return undefined
}
