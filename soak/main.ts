import { parseArgs } from 'node:util'
import { soak } from './soak.ts'
import { isClean, lastLine } from './tally.ts'

/** `npm run soak -- --runs N --seed S`. Ends with one line of counts; exit code 1 where any that must be 0 is not. */
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '300' }, seed: { type: 'string', default: '1' } },
})
const [runs, seed] = [Number(values.runs), Number(values.seed)]
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) {
  console.error('usage: npm run soak -- --runs N --seed S')
  process.exit(2)
}

const since = Date.now()
const tally = await soak({
  runs,
  seed,
  told: (done) => {
    if (done % 500 === 0) console.log(`${done} runs in ${Math.round((Date.now() - since) / 1000)} s`)
  },
})
for (const note of tally.notes.slice(0, 50)) console.log(note)
console.log(`seed ${seed}, ${Math.round((Date.now() - since) / 1000)} s`)
console.log(`faults: ${spelled(tally.faults)}`)
console.log(`ends: ${spelled(tally.ends)}`)
console.log(lastLine(tally))
process.exit(isClean(tally) ? 0 : 1)

function spelled(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
