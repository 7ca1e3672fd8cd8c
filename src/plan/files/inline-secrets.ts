import type { Problem } from '../../errors.ts'
import type { ProblemText } from '../../diagnostics/diagnostics.ts'
import type { FoundSecret } from '../../diagnostics/yaml-values.ts'
import { KNOWN_TOKENS } from '../../shell/known-tokens.ts'

const URL_PASSWORD = /\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@'"]{0,200}:)([^\s/@$'"]+)@/gi

const SECRET_WORD =
  'password|passwd|passphrase|_pass|_pwd|token|secret|api_?key|secret_?key|access_?key|private_?key|encryption_?key'

/** Matches names such as DB_PASSWORD or apiKey, not PASSWORD_FILE or TOKEN_URL: they refer to something else. */
const SECRET_NAME = new RegExp(`(?:${SECRET_WORD})$`, 'i')

/** A name with a value after it, as in env files, shell, YAML and JSON. */
const NAMED = new RegExp(
  `(?:${SECRET_WORD})(["']?[ \\t]{0,8}[:=][ \\t]{0,8})("[^"\\n]{1,500}"|'[^'\\n]{1,500}'|[^\\s"',;(){}\\[\\]#&|<>]{1,500}(?=["'\\s,;})\\]&|]|$))`,
  'gi',
)

const BEARER = /\b(?:Bearer|Basic)[ \t]+([\w.~+/-]{16,500}=*)/g
const QUERY = /[?&][\w-]{0,40}(?:key|token|secret|password|passwd|signature)=([^&\s"'#]{8,500})/gi
const SQL_PASSWORD = /\b(?:password|identified by)[ \t]+'([^'\n]{4,200})'/gi

const HINT = 'move it to the secrets file and write ${{ secrets.NAME }}'

/** Hides known secrets, and text that looks like a secret, in a problem. */
export function withoutSecrets(problem: Problem, known: readonly string[]): Problem {
  const { message, hint } = problem
  const hidden = (text: string): string =>
    known
      .reduce((rest, secret) => rest.replaceAll(secret, '‹secret›'), text)
      .replace(KNOWN_TOKENS, '‹secret›')
      .replace(URL_PASSWORD, '$1‹secret›@')
  return { ...problem, message: hidden(message), ...(hint === undefined ? {} : { hint: hidden(hint) }) }
}

/** Finds secrets in a text: plans are read by many people. `name` is the key that the text is the value of. */
export function secretsIn(text: string, name?: string): readonly FoundSecret[] {
  if (name !== undefined && SECRET_NAME.test(name) && isLiteral(text, name))
    return [{ text, offset: 0, wrong: looksLikeOne(`the value of ${name} looks like a secret`) }]
  const found = [...known(text), ...named(text), ...unnamed(text)]
  // Two expressions may match the same text.
  return found.filter(
    (one, index) =>
      !found.slice(0, index).some(({ offset, text: other }) => overlap(offset, one, other.length)),
  )
}

function known(text: string): readonly FoundSecret[] {
  // A password that is a variable or a lookup is not a literal.
  const address = { code: 'url-password', message: 'holds an address with a password', hint: HINT }
  return [
    ...[...text.matchAll(KNOWN_TOKENS)].map((match) => ({
      text: match[0],
      offset: match.index,
      wrong: looksLikeOne('looks like a secret'),
    })),
    ...[...text.matchAll(URL_PASSWORD)].flatMap(({ 0: whole, 2: password = '', index }) =>
      isPlaceholder(password) ? [] : [{ text: whole, offset: index, wrong: address }],
    ),
  ]
}

function named(text: string): readonly FoundSecret[] {
  return [...text.matchAll(NAMED)].flatMap((match): readonly FoundSecret[] => {
    const [whole, between = '', written = ''] = match
    const value = written.replace(/^(["'])(.*)\1$/, '$2')
    const word = whole.slice(0, whole.length - written.length - between.length)
    const [before = ''] = /[\w.-]*$/.exec(text.slice(Math.max(0, match.index - 60), match.index)) ?? []
    const name = `${before}${word}`
    if (!isLiteral(value, name) || value.length < 4) return []
    const offset = match.index + whole.length - written.length + (value === written ? 0 : 1)
    const message = `the value of ${name} looks like a secret`
    if (looksRandom(value)) return [{ text: value, offset, wrong: looksLikeOne(message) }]
    // In a script or configuration only NAME=value is surely a value; a plain word may be an example.
    return /^[A-Z][A-Z0-9_]*$/.test(name) &&
      /^["']?[:=][ \t]*$/.test(between) &&
      /^[\w.+/=@!%^~-]+$/.test(value)
      ? [{ text: value, offset, wrong: { ...looksLikeOne(message), severity: 'warning' } }]
      : []
  })
}

function unnamed(text: string): readonly FoundSecret[] {
  return [BEARER, QUERY, SQL_PASSWORD].flatMap((expression) =>
    [...text.matchAll(expression)].flatMap((match): readonly FoundSecret[] => {
      const { 0: whole, 1: value = '', index } = match
      if (isPlaceholder(value) || (expression !== SQL_PASSWORD && !looksRandom(value))) return []
      const wrong = looksLikeOne('looks like a secret')
      return [
        {
          text: value,
          offset: index + whole.lastIndexOf(value),
          wrong: looksRandom(value) ? wrong : { ...wrong, severity: 'warning' },
        },
      ]
    }),
  )
}

function isLiteral(value: string, name: string): boolean {
  // max_token: 4096 is a count.
  return !isPlaceholder(value) && (!/^\d+$/.test(value) || /pass|pwd/i.test(name))
}

function looksLikeOne(message: string): ProblemText {
  return { code: 'secret-inline', message, hint: HINT }
}

function overlap(offset: number, one: FoundSecret, length: number): boolean {
  return one.offset < offset + length && offset < one.offset + one.text.length
}

/** Whether a value looks machine-generated: long, of letters and digits, with high entropy. */
function looksRandom(value: string): boolean {
  if (value.length < 12 || /\s/.test(value)) return false
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value)) return false
  return bitsPerCharacter(value) >= 3
}

/** Whether a value stands for another one, or for none: a variable, a path, an address, an ellipsis. */
function isPlaceholder(value: string): boolean {
  const text = value.trim()
  return (
    /^$|^[*x.…-]+$|^<.*>$|^\[.*\]$/i.test(text) ||
    // $$ is a dollar for Compose; % starts a variable of psql and a format of printf.
    /\$[\w{(@*?!]|`|\{\{|‹|^%[a-z]$/i.test(text.replaceAll('$$', '')) ||
    /^(?:\.{0,2}|~)\/|^[a-z][a-z0-9+.-]*:\/\/|^(?:env|file|vault|sha256|sha512):/i.test(text) ||
    /^(?:true|false|yes|no|on|off|null|none|undefined|required|optional|unset)$/i.test(text)
  )
}

/** Shannon entropy in bits per character: 4 for random hex digits, about 2 for a word. */
function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  return [...counts.values()].reduce((bits, count) => {
    const share = count / text.length
    return bits - share * Math.log2(share)
  }, 0)
}
