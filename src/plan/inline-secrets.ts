import type { Problem } from '../errors.ts'
import type { Wrong } from './findings.ts'

const KNOWN_PREFIXES =
  /\b(ghp_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|sk-[\w-]{20,}|sk_live_\w{10,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.)|-----BEGIN [A-Z ]*PRIVATE KEY-----/

const URL_PASSWORD = /\b([a-z][a-z0-9+.-]*:\/\/[^\s/:@'"]*:)[^\s/@$'"]+@/i

const CODES = ['secret-inline', 'url-password']

/** What is wrong with a text whose YAML is well: everything else that is wrong can be told beside it. */
export function isOfText({ code }: Wrong): boolean {
  return CODES.includes(code)
}

/** A problem in which nothing that looks like a secret is quoted. */
export function withoutSecrets(problem: Problem): Problem {
  const { message, hint } = problem
  return { ...problem, message: hidden(message), ...(hint === undefined ? {} : { hint: hidden(hint) }) }
}

function hidden(text: string): string {
  return text
    .replace(new RegExp(KNOWN_PREFIXES, 'g'), '‹secret›')
    .replace(new RegExp(URL_PASSWORD, 'gi'), '$1‹secret›@')
}

/** A plan is read by many, so it holds no secret: only what points to one. */
export function inlineSecret(text: string): Wrong | undefined {
  const hint = 'put it into the secrets file and write ${{ secrets.NAME }}'
  if (KNOWN_PREFIXES.test(text)) return { code: 'secret-inline', message: 'looks like a secret', hint }
  // A password that is itself a variable or a lookup is not written here.
  if (URL_PASSWORD.test(text))
    return { code: 'url-password', message: 'has an address with a password in it', hint }
  return undefined
}
