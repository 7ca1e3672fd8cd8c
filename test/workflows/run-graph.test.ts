import { describe, expect, it } from 'vitest'
import { runGraph } from '../../src/workflows/run-graph.ts'

/** Items that end when they are told to, so that a test sees what runs at the same time. */
function heldItems(
  graph: Record<string, readonly string[]>,
  mayStart?: (item: { readonly id: string }, running: readonly { readonly id: string }[]) => boolean,
) {
  const started: string[] = []
  const end = new Map<string, { resolve: () => void; reject: (error: Error) => void }>()
  const items = Object.entries(graph).map(([id, needs]) => ({ id, needs }))
  const run = runGraph(
    items,
    ({ id }) =>
      new Promise<void>((resolve, reject) => {
        started.push(id)
        end.set(id, { resolve, reject })
      }),
    mayStart,
  )
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  return {
    run,
    started,
    done: async (id: string) => (end.get(id)?.resolve(), await settle()),
    fails: async (id: string) => (end.get(id)?.reject(new Error(`${id} broke`)), await settle()),
  }
}

describe('steps in order of need', () => {
  it('starts what needs nothing at once, and the rest as soon as all it needs is done', async () => {
    const graph = heldItems({ a: [], b: [], c: ['a', 'b'] })
    expect(graph.started).toEqual(['a', 'b'])
    await graph.done('a')
    expect(graph.started).toEqual(['a', 'b'])
    await graph.done('b')
    expect(graph.started).toEqual(['a', 'b', 'c'])
    await graph.done('c')
    expect(await graph.run).toEqual({ failed: [], notStarted: [] })
  })

  it('starts nothing more after a failure, and lets what runs come to its end', async () => {
    const graph = heldItems({ a: [], b: [], afterA: ['a'], afterB: ['b'] })
    await graph.fails('a')
    await graph.done('b')
    const { failed, notStarted } = await graph.run
    expect(failed.map(({ id }) => id)).toEqual(['a'])
    expect(notStarted).toEqual(['afterA', 'afterB'])
    expect(graph.started).toEqual(['a', 'b'])
  })

  it('takes a need that is not in the graph for done: a retry carries only what is left', async () => {
    const graph = heldItems({ c: ['done-before'] })
    expect(graph.started).toEqual(['c'])
    await graph.done('c')
    await graph.run
  })

  it('runs at most twenty at once', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `step-${index}`)
    const graph = heldItems(Object.fromEntries(names.map((name) => [name, []])))
    expect(graph.started).toHaveLength(20)
    await graph.done('step-0')
    expect(graph.started).toHaveLength(21)
    for (const name of names) await graph.done(name)
    await graph.run
  })

  it('starts an item only where it may run beside the others, and others meanwhile', async () => {
    const host = (id: string) => id[0]
    const graph = heldItems({ a1: [], a2: [], a3: [], b1: [] }, (item, running) =>
      running.every(({ id }) => host(id) !== host(item.id)),
    )
    expect(graph.started).toEqual(['a1', 'b1'])
    await graph.done('a1')
    expect(graph.started).toEqual(['a1', 'b1', 'a2'])
    await graph.done('b1')
    await graph.done('a2')
    await graph.done('a3')
    expect(await graph.run).toEqual({ failed: [], notStarted: [] })
  })
})
