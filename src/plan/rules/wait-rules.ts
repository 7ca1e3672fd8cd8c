import type { Rule } from './rule.ts'
import { commandsIn, type ShellCommand } from './shell-commands.ts'
import { foundIn, scriptsOf } from './sources.ts'

export const endlessWait: Rule = {
  id: 'R026',
  name: 'endless-wait',
  severity: 'warning',
  title: 'A command waits in a loop without a limit',
  why: 'If the event never comes, the step runs into its timeout, and its outcome is unknown.',
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
          message: `${step.id} waits in a loop without a limit`,
          hint: 'put timeout before the loop',
        }
      }),
    ),
}

/** Programs that check a service, and the kind that waits for it instead. */
const CHECKS: readonly (readonly [RegExp, string])[] = [
  [/^(curl|wget|http|https)$/, 'use http-probe with within'],
  [
    /^(pg_isready|psql|mysql|mysqladmin|mariadb|mariadb-admin|redis-cli|valkey-cli|mongosh?|nc|ncat)$/,
    'use compose-check with within, or timeout 60 sh -c "until …; do sleep 1; done"',
  ],
  [/^(docker|docker-compose|podman)$/, 'use compose-check with within'],
  [
    /^(systemctl|service|pgrep|ss|test|\[|\[\[|grep)$/,
    'put the check in timeout 60 sh -c "until …; do sleep 1; done"',
  ],
]
const MAX_SLEEPS = 20
const STARTS = /^(up|start|restart|run|create|unpause|reload)$/

export const sleepAsWait: Rule = {
  id: 'R048',
  name: 'sleep-as-wait',
  severity: 'warning',
  title: 'A command sleeps for a fixed time and then takes the service to be up',
  why: 'On a busy host the service needs longer, and the next command fails or reads a database that is still starting. On any other day the time is lost as downtime.',
  fix: 'Wait for the service itself, with a limit: http-probe, compose-check or container-check with within.',
  example: {
    wrong: `verify: sleep 30; curl -sSf https://shop.example.org/`,
    right: `- { step: live, kind: http-probe, url: "https://shop.example.org/", within: 1 minute, bodyContains: Shop }`,
  },
  find: ({ steps }) =>
    steps.flatMap((step) =>
      scriptsOf(step).flatMap((source) => {
        const commands = commandsIn(withoutLoops(source.text))
        let sleeps = 0
        return commands.flatMap((command, index) => {
          // Only the first sleeps: the search below is as long as the script.
          if (command.name !== 'sleep' || (sleeps += 1) > MAX_SLEEPS) return []
          const hint = hintFor(commands, index, source.field)
          if (command.words[0] === 'infinity' || hint === undefined) return []
          return foundIn(source, command.text, 'sleep waits a fixed time, not until the service is up', hint)
        })
      }),
    ),
}

/** Returns what to use instead of this sleep; undefined if it does not wait for a service. */
function hintFor(
  commands: readonly ShellCommand[],
  index: number,
  field: string | undefined,
): string | undefined {
  const after = commands.slice(index + 1)
  const check = after.find(({ name }) => CHECKS.some(([programs]) => programs.test(name)))
  const started = commands
    .slice(0, index)
    .some(
      ({ name, words }) =>
        /^(docker|docker-compose|podman|systemctl|service)$/.test(name) &&
        words.some((word) => STARTS.test(word)),
    )
  const hint = CHECKS.find(([programs]) => check && programs.test(check.name))?.[1]
  if (hint !== undefined && (started || field !== 'undo')) return hint
  // A script of one sleep lets the next step check.
  if (started || commands.length === 1) return 'use http-probe, compose-check or container-check with within'
  return undefined
}

/** Blanks the bodies of loops, also nested ones: a sleep between two attempts is right. Offsets stay. Linear. */
function withoutLoops(script: string): string {
  let kept = ''
  let from = 0
  let depth = 0
  for (const { 1: word, index } of script.matchAll(/(?:^|[;&\n])[ \t]*(do|done)\b/g)) {
    if (word === 'done' && depth === 0) continue
    depth += word === 'do' ? 1 : -1
    const opens = word === 'do' && depth === 1
    if (!opens && depth > 0) continue
    const part = script.slice(from, index)
    kept += opens ? part : part.replace(/[^\n]/g, ' ')
    from = index
  }
  // A loop without an end is not one.
  return kept + script.slice(from)
}
