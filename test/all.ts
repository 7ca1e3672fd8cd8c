import { pickShards } from './pick-shards.ts'

// For scripts/test-all: the list, or the names of shards, one a line, with the script of one that has its own. Why these goes to stderr.
try {
  const { list, why, shards } = pickShards(process.argv.slice(2), new Date())
  if (why !== undefined) console.error(`test:all: ${why}`)
  console.log(list ?? shards.map(({ name, script = '' }) => `${name} ${script}`.trim()).join('\n'))
} catch (error) {
  console.error(`test:all: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 2
}
