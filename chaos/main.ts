import { parseArgs } from 'node:util'
import { chaos } from './chaos.ts'
import { onCtrlC } from '../testbed/ctrl-c.ts'
import { usualFile } from './kept-results.ts'
import { isClean, lastLine, spelled, tallied } from './tally.ts'
import type { Result } from './tally.ts'

const USAGE = `usage: npm run test:chaos -- [--runs N] [--seed S] [--only RUN,…] [--lanes L] [--out FILE] [--json]

The last line has the counts. Exit status 1: a count that must be 0 is not.
Results are kept in FILE. A run with a result is not repeated, unless --only names it.
Ctrl-C starts no more runs and counts the finished ones.`

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    lanes: { type: 'string', default: '1' },
    'stuck-minutes': { type: 'string', default: '20' },
    out: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const [runs, seed, lanes, stuckMinutes] = [
  Number(values.runs),
  Number(values.seed),
  Number(values.lanes),
  Number(values['stuck-minutes']),
]
const only = values.only?.split(',').map(Number)
const numbers = only ?? Array.from({ length: runs }, (_, index) => index + 1)
if (![...numbers, lanes].every((number) => Number.isInteger(number) && number > 0) || numbers.length === 0)
  fail()
if (!(Number.isInteger(seed) && stuckMinutes > 0)) fail()

const stopped = new AbortController()
onCtrlC(() => stopped.abort())

// With --json, stdout has nothing but the JSON.
const say = values.json ? console.error : console.log
const since = Date.now()
const file = values.out ?? usualFile(seed)
const results = await chaos({
  ...{ seed, numbers, again: only !== undefined, lanes, file, stuckMinutes, stop: stopped.signal },
  told: (result) =>
    say(result === undefined ? `${seconds()} s: a run without faults is done` : story(result)),
})
const tally = tallied(results)
if (values.json) console.log(JSON.stringify({ seed, tally, results }, null, 2))
say(
  `seed ${seed}, ${seconds()} s, results in ${file}${tally.runs < numbers.length ? `, stopped before all ${numbers.length} runs were made` : ''}`,
)
say(`faults: ${spelled(tally.faults)}; during rollbacks ${tally.faultsBack}`)
say(lastLine(tally))
process.exit(isClean(tally) ? 0 : 1)

function story({ number, drawn, struck, end, asked, wrongs, seconds: took, freshSeconds }: Result): string {
  return [
    `${seconds()} s: run ${number}: ${end ?? 'no end'} in ${took} s, machine in ${freshSeconds} s; asked ${asked.length}; ${drawn}`,
    ...struck.map(
      ({ is, during, onTheWayBack }) =>
        `  ${is} killed${onTheWayBack ? ' in the rollback' : ''} during ${during}`,
    ),
    ...wrongs.map(({ wrong, what }) => `  WRONG, ${wrong}: ${what}`),
  ].join('\n')
}

function seconds(): number {
  return Math.round((Date.now() - since) / 1000)
}

function fail(): never {
  console.error(USAGE)
  process.exit(2)
}
