import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { objectionsOf } from '../../src/plan/values/objections.ts'
import type { AnyStepKind, Json, Leftover } from '../../src/steps/step-kind.ts'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { itIf, wholeDepth } from '../depth.ts'
import { counting, crashes, crashingAfter, killedInside } from './crash.ts'
import { fieldsOf, type Stage } from '../../testbed/step-stage.ts'

/** How a kind joins the suite: steps of it, each on a host as it needs it. */
export interface Joined {
  readonly kind: AnyStepKind
  readonly cases: readonly Case[]
  /** It starts no command that changes something: there is nothing to crash behind. The suite holds it to that. */
  readonly checkOnly?: boolean
}

export interface Case {
  readonly name: string
  /** As a plan writes them. */
  readonly fields: object
  /** Run on an empty host, out of band. */
  readonly arrange: string
  /** Volumes that the step's services write to: their contents are theirs. */
  readonly served?: readonly string[]
  /** Its undo makes containers again: they are equal but for their ids. */
  readonly newIds?: boolean
  /** Also killed in front of the programs that its commands start, those of its undo too. */
  readonly inside?: boolean
  /** Crashing it after each command takes more than ten seconds: left to `npm run test:all`. Another case of the kind is quick. */
  readonly slow?: boolean
}

/** Of the programs inside of commands, every fifth has a kill before it; in `npm run test:all` every one. */
const EVERY = wholeDepth ? 1 : 5

/** Kinds that are killed inside of commands in `npm test` too: one of files, one of containers. */
const KILLED_INSIDE: readonly string[] = ['file-write', 'containers-stop']

interface Tried {
  readonly kind: string
  readonly case: string
  commands: number
  'crash points': number
  unequal: number
}

/** Holds a kind to its contract: every case, on a real host, with a crash after every command. */
export function contract({ kind, cases, checkOnly = false }: Joined, stage: () => Stage): void {
  const table: Tried[] = []
  afterAll(() => void (table.length > 0 && console.table(table)))

  describe.each(cases)(
    `${kind.kind}, $name`,
    ({ name, fields, arrange, served = [], inside = false, newIds = false, slow = false }) => {
      const step = fieldsOf(kind, fields)
      const print = async () => {
        const printed = await fingerprint(stage().droplet, { withoutContentsOf: served })
        return newIds ? printed.replace(/^(container .*?) \| id [0-9a-f]{12}/gm, '$1') : printed
      }
      const arranged = async () => {
        await stage().clear()
        await stage().droplet.must(arrange)
      }
      // What changes nothing, which each test shows, finds for the next test what it found itself.
      if (checkOnly) beforeAll(arranged)
      else beforeEach(arranged)
      const begin = async () => {
        const bound = stage().step()
        const look = await kind.look(step, bound.at())
        if ('later' in look) throw new Error(`is to be looked at later: ${look.later}`)
        return { bound, seen: throughJson(look.seen) }
      }

      it('describes itself in one line and survives JSON', async () => {
        expect(kind.describe(step)).toMatch(/^[^\n]+$/)
        expect(objectionsOf(kind, step)).toEqual([])
        expect(fieldsOf(kind, throughJson(fields as Json) as object)).toEqual(step)
        const look = await kind.look(step, stage().step().at())
        expect('later' in look ? undefined : throughJson(look.seen)).toEqual(
          'later' in look ? undefined : look.seen,
        )
        expect(Buffer.byteLength(JSON.stringify(look))).toBeLessThan(4096)
      })

      it('looks twice the same and changes nothing', async () => {
        const before = await print()
        const host = stage().step().at()
        const first = await kind.look(step, host)
        expect(await kind.look(step, host)).toEqual(first)
        expect(diffFingerprints(before, await print())).toEqual([])
      })

      it('runs twice as once, proves it, and touches what it says', async () => {
        const before = await print()
        const { bound, seen } = await begin()
        await kind.run(step, seen, bound.at(1))
        const once = await print()
        const touched = kind
          .touches(step)
          .flatMap(({ what, name }) => (what === 'path' ? [name, ...onTheWayTo(name)] : [name]))
        const untold = diffFingerprints(before, once).filter(
          (line) => !touched.some((name) => line.includes(name)),
        )
        expect(untold).toEqual([])
        await kind.run(step, seen, bound.at(1))
        if (kind.mayRepeat(step)) await kind.run(step, seen, bound.at(2))
        expect(diffFingerprints(once, await print())).toEqual([])
        expect((await kind.verify(step, bound.at())).summary).toMatch(/^[^\n]+$/)
        expect(diffFingerprints(once, await print())).toEqual([])
      })

      itIf(checkOnly)(
        'starts no command, so that it has none to crash behind, and undoes nothing',
        async () => {
          const before = await print()
          const { bound, seen } = await begin()
          const counted = counting(bound.at())
          await kind.run(step, seen, counted)
          expect(counted.names).toEqual([])
          await kind.verify(step, bound.at())
          expect(await unequal(before, await kind.undo(step, seen, bound.at('undo-1')))).toBe(0)
        },
      )

      itIf(!checkOnly && (wholeDepth || !slow))(
        'finishes after a crash behind any of its commands, and undoes what any crash left',
        async () => {
          const { bound, seen } = await begin()
          const counted = counting(bound.at())
          await kind.run(step, seen, counted)
          const commands = counted.names.length
          const tried: Tried = {
            kind: kind.kind,
            case: name,
            commands,
            'crash points': commands + 1,
            unequal: 0,
          }
          table.push(tried)
          counted.names.forEach((command) => expect(command).toMatch(/^[a-z0-9-]+$/))

          for (let crashed = 0; crashed <= commands; crashed++) {
            // Before the first command nothing was changed: what comes then is a first run, which the test above makes.
            if (crashed > 0 || wholeDepth) {
              await arranged()
              const before = await print()
              const { bound, seen } = await begin()
              await crashes(kind.run(step, seen, crashingAfter(bound.at(1), crashed)))
              const generation = kind.mayRepeat(step) ? 2 : 1
              await kind.run(step, seen, bound.at(generation))
              await kind.verify(step, bound.at(generation))
              // What a run that came to its end left is undone as well as what a crash left.
              tried.unequal += await unequal(before, await kind.undo(step, seen, bound.at('undo-1')))
            }

            await arranged()
            const again = await print()
            const other = await begin()
            await crashes(kind.run(step, other.seen, crashingAfter(other.bound.at(1), crashed)))
            tried.unequal += await unequal(again, await kind.undo(step, other.seen, other.bound.at('undo-1')))
          }
          expect(tried.unequal).toBe(0)
        },
      )

      itIf(inside && (wholeDepth || KILLED_INSIDE.includes(kind.kind)))(
        'finishes or undoes what a kill in the middle of a command left',
        async () => {
          const tried: Tried = {
            kind: kind.kind,
            case: `${name}, inside`,
            commands: 0,
            'crash points': 0,
            unequal: 0,
          }
          table.push(tried)
          const fresh = async () => {
            await arranged()
            return { before: await print(), ...(await begin()) }
          }
          const { bound, seen } = await fresh()
          const counted = counting(bound.at())
          await kind.run(step, seen, counted)
          tried.commands = counted.names.length
          for (let command = 1; command <= tried.commands; command++) {
            for (let program = 1; ; program += EVERY) {
              const finished = await fresh()
              const at = { command, program }
              const killed = await crashes(
                kind.run(step, finished.seen, killedInside(finished.bound.at(1), at)),
              )
              if (!killed) break
              tried['crash points']++
              await kind.run(step, finished.seen, finished.bound.at(2))
              await kind.verify(step, finished.bound.at(2))
              tried.unequal += await unequal(
                finished.before,
                await kind.undo(step, finished.seen, finished.bound.at('undo-1')),
              )

              const undone = await fresh()
              await crashes(kind.run(step, undone.seen, killedInside(undone.bound.at(1), at)))
              tried.unequal += await unequal(
                undone.before,
                await kind.undo(step, undone.seen, undone.bound.at('undo-1')),
              )
            }
          }
          for (let program = 1; ; program += EVERY) {
            const { before, bound, seen } = await fresh()
            await kind.run(step, seen, bound.at(1))
            const killed = await crashes(
              kind.undo(step, seen, killedInside(bound.at('undo-1'), { command: 1, program })),
            )
            if (!killed) break
            tried['crash points']++
            tried.unequal += await unequal(before, await kind.undo(step, seen, bound.at('undo-2')))
          }
          expect(tried['crash points']).toBeGreaterThan(tried.commands)
          expect(tried.unequal).toBe(0)
        },
        600_000,
      )

      /** How many parts of the host are not as they were, but for what the undo named. */
      async function unequal(
        before: Awaited<ReturnType<typeof print>>,
        leftovers: readonly Leftover[],
      ): Promise<number> {
        const named = leftovers.map(({ what }) => what.split(' ')[1] ?? what)
        const lines = diffFingerprints(before, await print()).filter(
          (line) => !named.some((name) => line.includes(name)),
        )
        if (lines.length > 0) console.error(`${kind.kind}, ${name}:\n${lines.join('\n')}`)
        return lines.length
      }
    },
  )
}

/** What is made on the way to a path: `file /srv/app |` and the like. */
function onTheWayTo(path: string): string[] {
  const names = path.split('/').slice(0, -1)
  return names.flatMap((_, index) => (index < 2 ? [] : [`file ${names.slice(0, index + 1).join('/')} |`]))
}

function throughJson(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json
}
