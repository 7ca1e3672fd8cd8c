import type { Rule } from './rule.ts'
import { scriptsOf } from './sources.ts'

export const endlessWait: Rule = {
  id: 'R026',
  name: 'endless-wait',
  severity: 'warning',
  title: 'A command waits in a loop that has no end of its own',
  why: 'What never comes is waited for until the step is stopped from outside, and then nobody knows what it did.',
  fix: 'Use http-probe or compose-check with within, or put timeout before the loop.',
  example: {
    wrong: `script: until pg_isready; do sleep 1; done`,
    right: `script: timeout 60 sh -c 'until pg_isready; do sleep 1; done'`,
  },
  find: ({ steps }) =>
    steps.flatMap((step) =>
      scriptsOf(step).flatMap(({ field, file, text }) => {
        const [loop] =
          /\b(until|while)\b[^\n]*?(;|\n)\s*do\b[^\n]*\bsleep\b/.exec(text.replace(/\n/g, ' ; ')) ?? []
        if (loop === undefined || /\btimeout\b|\bseq\b|-lt |-gt |-le |-ge |SECONDS|\bread\b/.test(text))
          return []
        return {
          at: step,
          ...(field === undefined ? {} : { field }),
          ...(file === undefined ? {} : { file }),
          message: `${step.id} waits in a loop without an end of its own`,
          hint: 'put timeout before it',
        }
      }),
    ),
}
