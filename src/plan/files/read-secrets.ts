import { readTrusted } from '../../diagnostics/file-access.ts'
import { SecretMissing } from '../../errors.ts'
import { Secret } from '../../shell/secret.ts'
import { isFile, MAX_FILE_BYTES } from './plan-folder.ts'

/**
 * Reads the secrets that a plan requires from an env file that only its owner can read.
 * @throws SecretMissing naming every problem, never a value; never retried
 */
export async function readSecrets(
  file: string,
  require: readonly string[],
): Promise<ReadonlyMap<string, Secret>> {
  const { entries, problems } = parseEnvFile(readPrivately(file))
  const missing = require.filter((name) => !entries.get(name))
  const wrong = [
    ...problems.map(({ line, message }) => `line ${line} ${message}`),
    ...(missing.length === 0 ? [] : [`it has no value for ${missing.join(', ')}`]),
  ]
  if (wrong.length > 0) throw new SecretMissing(`the secrets file ${file} is invalid: ${wrong.join('; ')}`)
  return new Map(require.map((name) => [name, new Secret(entries.get(name) ?? '')]))
}

function readPrivately(file: string): string {
  const next = 'write the secrets into it as NAME=value, then: chmod 600'
  if (!isFile(file)) throw new SecretMissing(`there is no secrets file at ${file}; ${next} ${file}`)
  try {
    const { bytes, problem } = readTrusted(file, { limitBytes: MAX_FILE_BYTES, confidential: true })
    if (problem) throw new SecretMissing(`the secrets file ${file} ${problem.message}; ${problem.fix}`)
    return bytes.toString()
  } catch (error) {
    throw error instanceof RangeError ? new SecretMissing(`the secrets file ${file} ${error.message}`) : error
  }
}

/** The names and values of an env file, and its invalid lines. No message holds a value. */
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
 * Parses `NAME=value` lines: '…' is verbatim, "…" has escapes such as \n, and a plain value ends at " #". Quoted values may
 * span lines. `$` is literal. A name that occurs twice is a problem.
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
        message: start === undefined ? 'is not NAME=value' : 'has an unclosed quote',
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
