import { parseArgs } from 'node:util'
import { shardNamed, shardOf, shards } from './shards.ts'
import type { Shard } from './shards.ts'

const USAGE = 'usage: npm run test:all [-- --list | --shard NAME | --shard K/N | --rotate]'

/** What `npm run test:all` was asked for: the list to print, or the shards to run and a line that says why these. */
export interface Picked {
  readonly list?: string
  readonly why?: string
  readonly shards: readonly Shard[]
}

/** Reads the arguments of `npm run test:all`. @throws Error with what to type instead */
export function pickShards(words: readonly string[], now: Date): Picked {
  const { list, shard, rotate } = read(words)
  if (list) return { list: listed(), shards: [] }
  if (rotate) {
    const today = shardOf(now)
    return { why: `shard ${today.name}, the one of ${now.toISOString().slice(0, 10)}`, shards: [today] }
  }
  if (shard === undefined) return { shards }
  const [, part, parts] = /^(\d+)\/(\d+)$/.exec(shard) ?? []
  if (part === undefined) return { shards: [shardNamed(shard)] }
  return { shards: shareOf(Number(part), Number(parts)) }
}

function read(words: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { list: { type: 'boolean' }, shard: { type: 'string' }, rotate: { type: 'boolean' } },
    })
    if (Object.keys(values).length > 1) throw new Error('only one of --list, --shard and --rotate')
    return values
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`, { cause: error })
  }
}

/** The K-th of N shares: every N-th shard from the K-th on. With N shards in all, a share is one shard. */
function shareOf(part: number, parts: number): readonly Shard[] {
  if (part < 1 || part > parts || parts > shards.length)
    throw new Error(`--shard K/N: K from 1 to N, N from 1 to ${shards.length}\n${USAGE}`)
  return shards.filter((_, index) => index % parts === part - 1)
}

function listed(): string {
  const width = Math.max(...shards.map(({ name }) => name.length))
  return shards
    .map(({ name, covers, minutes }, index) => {
      const place = `${index + 1}/${shards.length}`.padStart(5)
      return `${place}  ${name.padEnd(width)}  about ${String(minutes).padStart(2)} min  ${covers}`
    })
    .join('\n')
}
