import { KNOWN_TOKENS } from '../../shell/known-tokens.ts'

const HIDDEN = '‹secret›'

/** Words in names, as in `DB_PASSWORD`, `apiKey`, `auth-token`. */
const SECRET_WORDS = new Set(
  'pass pw pwd passwd password passphrase secret secrets token tokens key keys apikey credential credentials auth authorization bearer cookie salt dsn private hash cert jwt'.split(
    ' ',
  ),
)
const SECRET_PARTS = /passw|secret|token|apikey|credential|requirepass|masterauth/i

/** `name: value`, `- NAME=value`, `"name": "value"`, `--name value`, `name value`, each for the name of a secret. */
const ASSIGNED = /^([\s>-]*(?:export\s+)?["']?)([A-Za-z_][\w.-]*)(["']?\s*[:=]\s*)(.*)$/
const FLAG = /(--[\w-]+)(["']?[ =,]+)((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"',\]]+))/g
const WORD = /^(\s*)([A-Za-z_][\w-]*)(\s+)(\S.*)$/
/** The same within a line: `{ "name": "value", … }`, `env NAME=value …`. */
const INLINE =
  /(\b[A-Za-z_][\w-]*)(=|["']?:\s*)(\$\{[^}]*\}\S*|"(?:[^"\\]|\\.)*"|'[^']*'|(?<==)[^\s"']+|[^\s,}"']+)/g
/** A value that refers to a secret instead of holding it. */
const REFERENCE = /^["']?\$(?:\{\{[^}]*\}\}|\{\w+(?::?\?[^}]*)?\}|[A-Za-z_]\w*)["']?,?$/
const BLOCK = /^[|>][-+\d]*$/

/**
 * Replaces values with secret names, passwords in URLs, private keys and strings that look like tokens. It hides too much
 * rather than too little. The secrets of the plan are replaced before.
 */
export function hideSecrets(text: string): string {
  let isContinued: ((line: string) => boolean) | undefined
  return text
    .split('\n')
    .map((line) => {
      if (isContinued?.(line) === true) return line.trim() === '' ? line : HIDDEN
      isContinued = undefined
      if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(line)) {
        isContinued = throughMatch(/-----END [A-Z ]*PRIVATE KEY/)
        return HIDDEN
      }
      const [, before = '', name, between = '', value = ''] = ASSIGNED.exec(line) ?? WORD.exec(line) ?? []
      if (name === undefined || !isSecretName(name) || REFERENCE.test(value)) return hideWithin(line)
      isContinued = continued(value, line.search(/\S/))
      return `${before}${name}${between}${value === '' ? '' : HIDDEN}`
    })
    .join('\n')
}

/** Whether a following line belongs to the value: indented below its name in YAML, or up to its closing quote. */
function continued(value: string, indent: number): ((line: string) => boolean) | undefined {
  const quote = value[0]
  if ((quote === '"' || quote === "'") && value.lastIndexOf(quote) === 0)
    return throughMatch(new RegExp(quote))
  if (value !== '' && !BLOCK.test(value)) return undefined
  return (line) => {
    const own = line.search(/\S/)
    return own < 0 || own > indent || (own === indent && line.startsWith('- ', own))
  }
}

/** True up to and including the line that matches. */
function throughMatch(end: RegExp): (line: string) => boolean {
  let isOver = false
  return (line) => {
    if (isOver) return false
    isOver = end.test(line)
    return true
  }
}

function hideWithin(line: string): string {
  return line
    .replace(FLAG, (all, name: string, between: string) =>
      isSecretName(name) ? `${name}${between}${HIDDEN}` : all,
    )
    .replace(INLINE, (all, name: string, is: string, value: string) =>
      isSecretName(name) && !REFERENCE.test(value) ? `${name}${is}${HIDDEN}` : all,
    )
    .replace(/(:\/\/[^\s/:@]*:)[^\s/@]+@/g, `$1${HIDDEN}@`)
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${HIDDEN}`)
    .replace(/\$(?:2[abxy]|apr1|[156y])\$[^\s:"']+/g, HIDDEN)
    .replace(KNOWN_TOKENS, HIDDEN)
    .replace(/(sha256:)?[A-Za-z0-9+_=-]{24,}/g, (word, digest?: string) =>
      digest === undefined && isRandom(word) ? HIDDEN : word,
    )
}

function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  return SECRET_PARTS.test(name) || words.some((word) => SECRET_WORDS.has(word))
}

/** Tokens mix digits with upper and lower case, or are hexadecimal; words do not. */
function isRandom(word: string): boolean {
  const hexadecimal = /^[0-9a-f]{32,}$/i.test(word)
  return hexadecimal || (/\d/.test(word) && /[a-z]/.test(word) && /[A-Z]/.test(word))
}
