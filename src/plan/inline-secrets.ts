import type { Wrong } from './findings.ts'

const KNOWN_PREFIXES =
  /\b(ghp_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|sk-[\w-]{20,}|sk_live_\w{10,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.)|-----BEGIN [A-Z ]*PRIVATE KEY-----/

/** A plan is read by many, so it holds no secret: only what points to one. */
export function inlineSecret(text: string): Wrong | undefined {
  const hint = 'put it into the secrets file and write ${{ secrets.NAME }}'
  if (KNOWN_PREFIXES.test(text)) return { code: 'secret-inline', message: 'looks like a secret', hint }
  // A password that is itself a variable or a lookup is not written here.
  if (/\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@'"]*:[^\s/@$'"]+@/i.test(text))
    return { code: 'url-password', message: 'has an address with a password in it', hint }
  return undefined
}
