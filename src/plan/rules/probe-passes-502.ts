import type { RuleFinding, PlanView, Rule } from './rule.ts'
import { foundIn, shellOf } from './sources.ts'

/** Programs that look at what they are given, and say no. */
const LOOKS =
  /^(e|f)?grep$|^(rg|jq|yq|awk|cmp|diff|python3?|node|perl|ruby|sha\d+sum|md5sum|test|xargs|read)$/

export const probePasses502: Rule = {
  id: 'R014',
  name: 'probe-passes-502',
  severity: 'error',
  title: 'A probe that passes when the answer is an error',
  why: 'Without --fail curl ends with 0 for a 502 too, and with -I it asks for something else than visitors do.',
  fix: 'Use http-probe, or curl --fail with GET, and look at the body.',
  example: {
    wrong: `verify: curl -sI https://shop.example.org/`,
    right: `verify: curl -sSf https://shop.example.org/ | grep -q Shop`,
  },
  find: (plan) => [...curls(plan), ...probes(plan)],
}

function curls({ steps }: PlanView): readonly RuleFinding[] {
  return shellOf(steps, ['verify', 'unless']).flatMap(({ source, command: { name, words, text } }) => {
    if (name !== 'curl') return []
    const fails = words.some((word) => /^--fail(-with-body)?$/.test(word) || /^-[a-zA-Z]*f/.test(word))
    const asksHead = words.some((word) => word === '--head' || /^-[a-zA-Z]*I/.test(word))
    const looksAtStatus = words.some((word) => word.includes('http_code'))
    const isLookedAt = outputIsLookedAt(text, words, source.text)
    if (asksHead ? looksAtStatus && isLookedAt : fails || isLookedAt) return []
    const what = asksHead ? 'asks with HEAD, which is not what visitors get' : 'passes for a 502 too'
    return foundIn(source, text, `curl ${what}`, 'use http-probe, or curl --fail')
  })
}

/** Whether the script looks at what curl printed, and not only at how it ended. */
function outputIsLookedAt(text: string, words: readonly string[], script: string): boolean {
  const at = script.indexOf(text)
  const before = script.slice(0, Math.max(0, at))
  const after = script.slice(at + text.length)
  // As in `test "$(curl …)" = 200` and in `code=$(curl …)`, where the variable must come again.
  if (/(\$\(|`)\s*$/.test(before)) {
    const [, variable] = /(?:^|[\s;&])(\w+)="?(?:\$\(|`)\s*$/.exec(before) ?? []
    return variable === undefined || new RegExp(`\\$\\{?${variable}\\b`).test(after)
  }
  const [pipeline = ''] = /^(?:\s*\|(?!\|)[^|;&\n]*)+/.exec(after) ?? []
  if (pipeline.split('|').some((command) => LOOKS.test(command.trim().split(/\s/)[0] ?? ''))) return true
  const files = words.filter((_, index) => /^(-\w*o|--output|>|>>)$/.test(words[index - 1] ?? ''))
  return files.some((file) => file !== '/dev/null' && after.includes(file))
}

function probes({ steps }: PlanView): readonly RuleFinding[] {
  return steps.flatMap((step) => {
    const { status } = step.values
    // 503 is what a page for maintenance answers, on purpose.
    if (!step.traits.probesUrl || typeof status !== 'number' || status < 500 || status === 503) return []
    return {
      at: step,
      field: 'status',
      message: `${step.id} is green when what is asked is broken: ${status} is the answer of a failure`,
      hint: 'ask for the status that visitors shall get',
    }
  })
}
