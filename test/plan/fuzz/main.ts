import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'

/** `npm run fuzz -- --seconds 900 --seed 1`: prints each defect with the seed that repeats it. */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
})
const seed = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed)
const { inputs, slowestMs, findings } = fuzz({ seconds: Number(values.seconds), seed })
console.log(
  `${inputs} inputs from seed ${seed}, the slowest took ${slowestMs} ms; ${findings.length} findings`,
)
for (const { seed: own, what, plan } of findings)
  console.log(`\nseed ${own}: ${what}\n${plan.slice(0, 2000)}`)
process.exitCode = findings.length > 0 ? 1 : 0
