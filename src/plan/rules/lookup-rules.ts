import { lookupsIn } from '../values/lookups.ts'
import type { Rule } from './rule.ts'

export const lookupInScript: Rule = {
  id: 'R046',
  name: 'lookup-in-script',
  severity: 'error',
  title: 'A script or query contains a lookup of an input or an output',
  why: 'The value becomes program text. A person who starts a run, or a host, could run any command with it, as root.',
  fix: 'Pass the value by environment, and write "$NAME" in the script. Write a query out.',
  example: {
    wrong: `script: mkdir -p "/srv/\${{ inputs.name }}"`,
    right: `script: mkdir -p "/srv/$NAME"
environment: { NAME: "\${{ inputs.name }}" }`,
  },
  find: ({ steps }) =>
    steps.flatMap((step) => {
      const scripts = step.traits.runsScript ? ['script', 'undo', 'verify', 'unless'] : []
      return [...scripts, 'query'].flatMap((field) => {
        const text = step.written[field]
        return lookupsIn(typeof text === 'string' ? text : '')
          .filter(({ lookup }) => lookup.is === 'input' || lookup.is === 'output')
          .map(({ written }) => ({
            at: step,
            field,
            text: written,
            message: `${field} of ${step.id} would contain the value of ${written} as program text`,
            hint: step.traits.runsScript ? 'pass it by environment:' : 'write the query out',
          }))
      })
    }),
}
