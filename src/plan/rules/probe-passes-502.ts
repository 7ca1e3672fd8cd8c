import type { Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

export const probePasses502: Rule = {
  id: 'R014',
  name: 'probe-passes-502',
  severity: 'error',
  title: 'A probe with curl that passes when the answer is an error',
  why: 'Without --fail curl ends with 0 for a 502 too, and with -I it asks for something else than visitors do.',
  mend: 'Use http-probe, or curl --fail with GET, and look at the body.',
  example: {
    wrong: `verify: curl -sI https://shop.example.org/`,
    right: `verify: curl -sSf https://shop.example.org/ | grep -q Shop`,
  },
  find: ({ steps }) =>
    shellOf(steps, ['verify', 'unless']).flatMap(({ source, command: { name, words, text } }) => {
      if (name !== 'curl') return []
      const fails = words.some((word) => /^--fail(-with-body)?$/.test(word) || /^-[a-zA-Z]*f/.test(word))
      const asksHead = words.some((word) => word === '--head' || /^-[a-zA-Z]*I/.test(word))
      const looksAtStatus = words.some((word) => word.includes('http_code'))
      if (looksAtStatus || (fails && !asksHead)) return []
      const what = asksHead ? 'asks with HEAD, which is not what visitors get' : 'passes for a 502 too'
      return foundIn(source, text, `curl ${what}`, 'use http-probe, or curl --fail')
    }),
}
