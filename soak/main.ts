import { parseArgs } from 'node:util'
import { soak } from './soak.ts'
import { isClean, lastLine, formatCounts } from './tally.ts'
import type { Tally } from './tally.ts'
import { isOnceEach, together } from './together.ts'
import type { Rounds } from './together.ts'
import { onCtrlC } from '../testbed/ctrl-c.ts'
import { shells } from '../testbed/local.ts'

const USAGE = `usage: npm run soak -- [--runs N] [--seed S] [--minutes M] [--stuck-seconds T]
       npm run soak -- --together N [--rounds M]

The first form runs N commands and injects faults. Ctrl-C, or M minutes, starts no more runs and reports the counts so far.
The second form has N clients start one command at once, M times (default: 100), under each shell.
The last line has the counts. Exit code 1: a count that must be 0 is not.`

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '1440' },
    'stuck-seconds': { type: 'string', default: '180' },
    together: { type: 'string' },
    rounds: { type: 'string', default: '100' },
  },
})
if (values.together !== undefined) process.exit(await startTogether(values.together, values.rounds))
const [runs, seed, minutes, stuckSeconds] = [
  Number(values.runs),
  Number(values.seed),
  Number(values.minutes),
  Number(values['stuck-seconds']),
]
if (!(Number.isInteger(runs) && runs > 0 && Number.isInteger(seed) && minutes > 0 && stuckSeconds > 0)) {
  console.error(USAGE)
  process.exit(2)
}

const since = Date.now()
const stopped = new AbortController()
onCtrlC(() => stopped.abort())
setTimeout(() => stopped.abort(), minutes * 60_000).unref()

let reported = since
function progress(tally: Tally): void {
  if (Date.now() - reported < 5_000) return
  reported = Date.now()
  console.log(`${seconds()} s: ${lastLine(tally)}`)
}

const tally = await soak({ runs, seed, stuckSeconds, stop: stopped.signal, onProgress: progress })
for (const note of tally.notes.slice(0, 50)) console.log(note)
console.log(
  `seed ${seed}, ${seconds()} s${tally.runs < runs ? `, stopped before all ${runs} runs were made` : ''}`,
)
console.log(`faults: ${formatCounts(tally.faults)}`)
console.log(`ends: ${formatCounts(tally.ends)}`)
console.log(lastLine(tally))
process.exit(isClean(tally) ? 0 : 1)

async function startTogether(...given: readonly string[]): Promise<number> {
  const [starts = 0, rounds = 0] = given.map(Number)
  if (!(Number.isInteger(starts) && starts > 0 && Number.isInteger(rounds) && rounds > 0)) {
    console.error(USAGE)
    return 2
  }
  let clean = true
  for (const shell of shells) {
    const since = Date.now()
    const say = (counted: Rounds): void =>
      console.log(`${shell}, ${Math.round((Date.now() - since) / 1000)} s: ${formatCounts({ ...counted })}`)
    const counted = await together({
      ...{ shell, starts, rounds },
      onProgress: (sofar) => {
        if (sofar.rounds % 10 === 0 && sofar.rounds < rounds) say(sofar)
      },
    })
    say(counted)
    clean &&= isOnceEach(counted)
  }
  return clean ? 0 : 1
}

function seconds(): number {
  return Math.round((Date.now() - since) / 1000)
}
