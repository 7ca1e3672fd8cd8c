/** Returns the duration of a call in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/**
 * Measures each contender once per round, in an order that rotates, so that other load on the machine affects all of them.
 * The first round is a warm-up. Returns milliseconds by contender.
 */
export async function interleaved<Name extends string>(
  rounds: number,
  contenders: Readonly<Record<Name, () => Promise<number>>>,
  { warmUp = 1 }: { readonly warmUp?: number } = {},
): Promise<Readonly<Record<Name, readonly number[]>>> {
  const names = Object.keys(contenders) as Name[] // the keys of that very record
  const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = -warmUp; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + Math.abs(round)) % names.length]
      if (name === undefined) continue
      const took = await contenders[name]()
      if (round >= 0) figures[name].push(took)
    }
  }
  return figures
}
