import type { Rule } from './rule.ts'
import { scriptsOf } from './sources.ts'

export const proofAlwaysTrue: Rule = {
  id: 'R022',
  name: 'proof-always-true',
  severity: 'error',
  title: 'A question in verify or unless that cannot say no',
  why: 'A step is green because its proof says so. One that ends with "|| true", or is nothing but true, proves nothing and is shown as if it did.',
  fix: 'Ask for what shall be so, or write noProof with the reason.',
  example: {
    wrong: `verify: pg_isready -h 127.0.0.1 || true`,
    right: `verify: pg_isready -h 127.0.0.1`,
  },
  find: ({ steps }) =>
    steps.flatMap((step) =>
      scriptsOf(step, ['verify', 'unless']).flatMap(({ field = '', text }) => {
        const [found] =
          /(\|\||;|\n)\s*(true|:|exit 0)\s*$/.exec(text.trim()) ??
          /^(true|:|exit 0|echo\b[^|&;\n]*)$/.exec(text.trim()) ??
          []
        if (found === undefined) return []
        return {
          at: step,
          field,
          message: `${field} of ${step.id} can only say yes`,
          hint: field === 'verify' ? 'ask for what shall be so, or write noProof' : 'leave it out',
        }
      }),
    ),
}
