import type { YAMLError } from 'yaml'
import type { Wrong } from './findings.ts'

/** What YAML's own parser found, in this project's words. A warning counts as an error. */
export function syntaxWrong({ code, message }: YAMLError): Wrong {
  switch (code) {
    case 'TAB_AS_INDENT':
      return { code: 'yaml-tab', message: 'a tab cannot indent', hint: 'use spaces' }
    case 'TAG_RESOLVE_FAILED':
      return {
        code: 'yaml-tag',
        message: message.replace('Unresolved tag:', 'has the tag'),
        hint: 'plans need no tags',
      }
    case 'NON_STRING_KEY':
      return { code: 'yaml-key-not-text', message: 'a key must be text' }
    case 'RESOURCE_EXHAUSTION':
      return { code: 'yaml-too-deep', message: 'is nested too deep' }
    default:
      return { code: 'yaml-syntax', message }
  }
}

/** A number that is not written as it is read: 0644, 0o17, 1.10, 1e3, or beyond 2^53. */
export function numberWrong(value: number, source: string): Wrong | undefined {
  if (String(value) === source && (!Number.isInteger(value) || Number.isSafeInteger(value))) return undefined
  const hint = `in quotes it stays as it is: "${source}"`
  if (/^[-+]?0[0-9ox]/.test(source))
    return { code: 'yaml-octal', message: `${source} is read as the number ${value}`, hint }
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return {
      code: 'yaml-integer-too-large',
      message: `${source} is beyond 2^53 and is read as ${value}`,
      hint,
    }
  return { code: 'yaml-number-changes', message: `${source} is read as the number ${value}`, hint }
}
