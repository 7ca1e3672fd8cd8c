import type { PlanView, Rule, RuleFinding } from './rule.ts'
import { commandsIn, type ShellCommand } from './shell-commands.ts'
import { foundIn, scriptsOf, shellOf } from './sources.ts'

/** Programs that check their input and may exit with a failure. */
const LOOKS =
  /^(e|f)?grep$|^(rg|jq|yq|awk|cmp|diff|python3?|node|perl|ruby|sha\d+sum|md5sum|test|xargs|read)$/

export const probePasses502: Rule = {
  id: 'R014',
  name: 'probe-passes-502',
  severity: 'error',
  title: 'A probe that passes for an error response',
  why: 'Without --fail, curl exits with 0 for a 502; with -I it sends a HEAD request, which visitors do not.',
  fix: 'Use http-probe, or curl --fail with GET and a check of the body.',
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
    const what = asksHead ? 'sends a HEAD request, unlike visitors' : 'passes for a 502'
    return foundIn(source, text, `curl ${what}`, 'use http-probe, or curl --fail')
  })
}

/** Whether the script checks what curl printed, not only its exit status. */
function outputIsLookedAt(text: string, words: readonly string[], script: string): boolean {
  const at = script.indexOf(text)
  const before = script.slice(0, Math.max(0, at))
  const after = script.slice(at + text.length)
  // As in `test "$(curl …)" = 200`, and in `code=$(curl …)` if the variable is used afterwards.
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
    // 503 is the intended answer of a maintenance page.
    if (!step.traits.probesUrl || typeof status !== 'number' || status < 500 || status === 503) return []
    return {
      at: step,
      field: 'status',
      message: `${step.id} passes when the service is broken: ${status} is an error response`,
      hint: 'expect the status that visitors should get',
    }
  })
}

export const verifyAlwaysTrue: Rule = {
  id: 'R022',
  name: 'verify-always-true',
  severity: 'error',
  title: 'A script in verify or unless that cannot fail',
  why: 'A step is reported as proven because its verify passes. A script that ends with "|| true", or is only true, proves nothing.',
  fix: 'Test for the expected state, or write noProof with the reason.',
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
          message: `${field} of ${step.id} cannot fail`,
          hint: field === 'verify' ? 'test for the expected state, or write noProof' : 'remove it',
        }
      }),
    ),
}

export const probeWithoutMarker: Rule = {
  id: 'R028',
  name: 'probe-without-marker',
  severity: 'warning',
  title: 'A probe after a gate that the old stack passes too',
  why: 'After the switch a name may still lead to the old proxy, which also answers 200. Only something unique to this run tells them apart.',
  fix: 'Add marker, header, bodyContains or bodySha256.',
  example: {
    wrong: `- { step: live, kind: http-probe, url: "https://shop.example.org/", within: 1 minute }`,
    right: `- { step: live, kind: http-probe, url: "https://shop.example.org/", within: 1 minute, bodyContains: "summer 2026" }`,
  },
  find: ({ steps }) =>
    steps.flatMap((step) => {
      if (!step.traits.probesUrl || !step.gated) return []
      if (
        ['marker', 'header', 'bodyContains', 'bodyEquals', 'bodySha256'].some(
          (field) => step.values[field] !== undefined,
        )
      )
        return []
      return {
        at: step,
        message: `${step.id} passes for the old stack too`,
        hint: 'add marker, header or bodyContains',
      }
    }),
}

// A placeholder such as "none" would run as a command.
const IDLE = /^\s*(true|:|exit 0|none|nothing|no|n\/a|-|echo\b[^|&;>\n]*)\s*$/i

export const undoDoesNothing: Rule = {
  id: 'R029',
  name: 'undo-does-nothing',
  severity: 'warning',
  title: 'An undo that does nothing',
  why: 'A rollback reports the step as undone although nothing was undone, and names no leftover.',
  fix: 'Write an undo, or cannotUndo with the reason; a rollback then names the leftover.',
  example: {
    wrong: `undo: "true"`,
    right: `cannotUndo: what was sent cannot be called back`,
  },
  find: ({ steps }) =>
    steps.flatMap((step) => {
      const { undo } = step.values
      if (!step.traits.runsScript || typeof undo !== 'string') return []
      if (!IDLE.test(undo)) return []
      return {
        at: step,
        field: 'undo',
        message: `the undo of ${step.id} does nothing`,
        hint: 'write cannotUndo with the reason',
      }
    }),
}

const DUMPS = /^(pg_dump|pg_dumpall|mysqldump|mariadb-dump|mongodump)$/
const DUMP_FILE = /\.(sql|dump|pgdump|bak|archive)(\.(gz|bz2|xz|zst|lz4))?["']?$|\bdumps?\b|_dump\b/i
/** Programs that see of a file no more than that it exists, its size and its time. */
const SEES_SIZE = /^(test|\[|\[\[|ls|stat|du|wc|find|echo|printf|cd|true|exit|cat|awk|cut|head|tail|set)$/
const TESTS_SIZE = /^(test|\[|\[\[|ls|stat|du|wc|find)$/

export const dumpProvenBySize: Rule = {
  id: 'R049',
  name: 'dump-proven-by-size',
  severity: 'warning',
  title: 'A dump counts as proven because its file exists or has a size',
  why: 'A dump that broke off, holds only an error message, or is of another database is also a file with a size. That it cannot be loaded shows on the day when it is needed.',
  fix: 'Test the archive and its last line: gzip -t, "dump complete", or pg_restore --list. Better: load it into a scratch server and count rows, or use postgres-audit, mariadb-audit or backup-audit.',
  example: {
    wrong: `verify: test -s /backup/shop.sql.gz`,
    right: `verify: gzip -t /backup/shop.sql.gz && zcat /backup/shop.sql.gz | tail -n 5 | grep -q 'dump complete'`,
  },
  find: ({ steps }) =>
    steps.flatMap((step) => {
      const dumps = shellOf([step], ['script']).some(({ command: { name } }) => DUMPS.test(name))
      return scriptsOf(step, ['script', 'verify', 'unless']).flatMap((source) => {
        const commands = commandsIn(source.text)
        const size = commands.find(
          ({ name, words }) =>
            TESTS_SIZE.test(name) &&
            !words.some((word) => /^-(delete|exec|execdir)$/.test(word)) &&
            (dumps || words.some((word) => DUMP_FILE.test(word))),
        )
        // A script that does something else only looks whether the dump is there.
        const isProof = source.field !== 'script' || commands.every(({ name }) => SEES_SIZE.test(name))
        if (!size || !isProof || commands.some(readsDump)) return []
        return foundIn(
          source,
          size.text,
          `${size.name} sees the size of the dump, not whether it can be loaded`,
          'test the archive and its last line, or load it into a scratch server',
        )
      })
    }),
}

/** Whether a command reads what a dump holds: it names the file, or gets it by a pipe. */
function readsDump({ name, words, from }: ShellCommand): boolean {
  return (
    !SEES_SIZE.test(name) &&
    (from !== undefined || words.some((word) => DUMP_FILE.test(word) || /\$[\w{]/.test(word)))
  )
}
