import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { restore } from '../../src/activities/prior-state.ts'
import { ReinstateError } from '../../src/errors.ts'
import { isIdempotent, shapeOf, validationProblems } from '../../src/steps/step-kind.ts'
import type { AnyStepKind, ChangeKind, Json, Leftover } from '../../src/steps/step-kind.ts'
import type { z } from 'zod'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { inDepth, itIf, wholeDepth } from '../depth.ts'
import { saveState, savedStates, shapeOfJson } from './saved-states.ts'
import { counting, crashes, crashingAfter, killedInside } from './crash.ts'
import { fieldsOf, type Stage } from '../../testbed/step-stage.ts'
import { inspected } from './stage.ts'
import { FIND, FORGET, unnamed, type WrittenPlace } from './written-after.ts'

/** How a kind joins the suite: its steps, each with the host that it needs. */
export interface Joined {
  readonly kind: AnyStepKind
  /** `npm test` takes the first change and the first check of these. */
  readonly cases: readonly Case[]
  /** A step, and each place that it creates or modifies and that others may write to before its undo. */
  readonly written?: {
    readonly fields: object
    readonly arrange: string
    readonly places: readonly WrittenPlace[]
  }
}

export interface Case {
  readonly name: string
  /** As in a plan. */
  readonly fields: object
  /** A script that prepares an empty host. */
  readonly arrange: string
  /** Volumes whose contents the step's services change; not compared. */
  readonly served?: readonly string[]
  /** Its undo creates containers again: their ids differ. */
  readonly newIds?: boolean
  /** Names that its undo, as the plan says, does not restore. */
  readonly notRestored?: readonly string[]
  /** Whether to kill it before each program that the commands of apply and undo start. */
  readonly inside?: boolean
}

/** Kills before every fifth program of a command; in `npm run test:all` before every one. */
const EVERY = wholeDepth ? 1 : 5

/** Kinds that `npm test` kills inside of commands: one of files, one of containers. */
const KILLED_INSIDE: readonly string[] = ['file-write', 'containers-stop']

interface Tried {
  readonly kind: string
  readonly case: string
  commands: number
  'crash points': number
  unequal: number
}

/**
 * Proves the contract of a kind by its shape: every case, on a real host; a change with a crash after every command, and
 * with a writer in every place of the step.
 */
export function contract({ kind, cases, written }: Joined, stage: Stage): void {
  const isChange = ({ fields }: Case) =>
    shapeOf(kind, throughJson(fields as Json) as { readonly [name: string]: Json }) === 'change'
  const checks = inNpmTest(cases.filter((one) => !isChange(one)))
  if (checks.length > 0) checkContract(kind, checks, stage)
  if (kind.shape !== 'change') return
  changeContract(kind, inNpmTest(cases.filter(isChange)), stage)
  if (written) writtenContract(kind, written, stage)
}

/** The first of these in `npm test`, all of them at the whole depth. */
function inNpmTest<One>(all: readonly One[]): readonly One[] {
  return wholeDepth ? all : all.slice(0, 1)
}

function writtenContract(
  kind: ChangeKind<string, z.ZodRawShape, Json>,
  { fields, arrange, places }: NonNullable<Joined['written']>,
  stage: Stage,
): void {
  const must = (script: string) => stage.testHost.must(script)
  it.each(inNpmTest(places))(
    `C3 › ${kind.kind} › undo › keeps and names what others wrote after the step: $name`,
    async ({ write, isWellAt }) => {
      await stage.clear()
      await must(`${FORGET}\n${arrange}`)
      const bound = stage.step()
      const step = fieldsOf(kind, fields)
      const { priorState } = await inspected(kind, step, bound.at())
      await kind.apply(step, priorState, bound.at())
      await must(write)
      const leftovers = await kind.undo(step, priorState, bound.at('undo-1'))
      const found = (await must(FIND)).split('\n').filter(Boolean)
      expect({ isFound: found.length > 0, leftovers }).toMatchObject({ isFound: true })
      expect({ unnamed: unnamed(found, leftovers, isWellAt), leftovers }).toMatchObject({ unnamed: [] })
    },
  )
}

/** For steps that change nothing: verify, and inspect where it has one, leave the host as it was. */
function checkContract(kind: AnyStepKind, cases: readonly Case[], stage: Stage): void {
  describe.each(cases)(`${kind.kind}, $name`, ({ fields, arrange, served = [] }) => {
    const step = fieldsOf(kind, fields)
    const print = () => fingerprint(stage.testHost, { withoutContentsOf: served })
    beforeAll(async () => {
      await stage.clear()
      await stage.testHost.must(arrange)
    })

    it('describes itself in one line and survives JSON', () => describesItself(kind, step, fields))

    it('inspects and verifies twice with equal results, starts no command and changes nothing', async () => {
      const before = await print()
      const host = stage.step().at()
      const counted = counting(host)
      if (kind.shape === 'check' && kind.inspect) {
        const first = await kind.inspect(step, counted)
        expect(first).not.toHaveProperty('blockedOn')
        expect(await kind.inspect(step, counted)).toEqual(first)
      }
      for (let times = 0; times < 2; times++)
        if (kind.verify) expect((await kind.verify(step, counted)).summary).toMatch(/^[^\n]+$/)
      expect(counted.names).toEqual([])
      expect(diffFingerprints(before, await print())).toEqual([])
    })
  })
}

function describesItself(kind: AnyStepKind, step: Record<string, unknown>, fields: object): void {
  expect(kind.describe(step)).toMatch(/^[^\n]+$/)
  expect(validationProblems(kind, step)).toEqual([])
  expect(fieldsOf(kind, throughJson(fields as Json) as object)).toEqual(step)
}

function changeContract(
  kind: ChangeKind<string, z.ZodRawShape, Json>,
  cases: readonly Case[],
  stage: Stage,
): void {
  const table: Tried[] = []
  afterAll(() => void (table.length > 0 && console.table(table)))

  describe.each(cases)(
    `${kind.kind}, $name`,
    ({ name, fields, arrange, served = [], inside = false, newIds = false, notRestored = [] }) => {
      const step = fieldsOf(kind, fields)
      const isRepeatable = isIdempotent(kind, step)
      const print = async () => {
        const printed = await fingerprint(stage.testHost, { withoutContentsOf: served })
        return newIds ? printed.replace(/^(container .*?) \| id [0-9a-f]{12}/gm, '$1') : printed
      }
      const arranged = async () => {
        await stage.clear()
        await stage.testHost.must(arrange)
      }
      const begin = async () => {
        const bound = stage.step()
        const { priorState } = await inspected(kind, step, bound.at())
        return { bound, priorState: throughJson(priorState) }
      }

      // Arranged once for the tests that only read, which prove it, and the first that changes the host.
      let isArranged = false
      beforeAll(async () => {
        await arranged()
        isArranged = true
      })

      describe('that is only read', () => {
        it('describes itself in one line and survives JSON', async () => {
          describesItself(kind, step, fields)
          const found = await inspected(kind, step, stage.step().at())
          expect(throughJson(found.priorState)).toEqual(found.priorState)
          expect(kind.undoes(step, found.priorState)).toMatch(/^.*$/)
          expect(Buffer.byteLength(JSON.stringify(found))).toBeLessThan(4096)
        })

        it('inspects twice with equal results and changes nothing', async () => {
          const before = await print()
          const host = stage.step().at()
          const first = await kind.inspect(step, host)
          expect(await kind.inspect(step, host)).toEqual(first)
          expect(diffFingerprints(before, await print())).toEqual([])
        })

        // A run that ended months ago may still be rolled back: raise priorStateVersion where the shape changes.
        it('reads each prior state that this version or an earlier one has saved as one of its own', async () => {
          const { priorState } = await inspected(kind, step, stage.step().at())
          if (process.env['REINSTATE_SAVE_HISTORIES']) saveState(kind, { case: name, fields, priorState })
          const saved = savedStates(kind.kind).filter((one) => one.case === name)
          expect(saved).not.toEqual([])
          for (const { fields: written, journalled } of saved) {
            const old = restore(kind, journalled)
            expect(shapeOfJson(old)).toEqual(shapeOfJson(priorState))
            expect(kind.undoes(fieldsOf(kind, written), old)).toMatch(/^.*$/)
          }
        })

        it('verify › fails for a change that was never made', async () => {
          const { changes } = await inspected(kind, step, stage.step().at())
          if (changes.length === 0) return
          const verified = await kind.verify(step, stage.step().at()).catch((error: unknown) => error)
          if (!(verified instanceof ReinstateError)) expect(verified).toMatchObject({ strength: 'stated' })
        })
      })

      it('is idempotent, verifies, and has only the declared effects', async () => {
        if (!isArranged) await arranged()
        isArranged = false
        const before = await print()
        const { bound, priorState } = await begin()
        await kind.apply(step, priorState, bound.at(1))
        const once = await print()
        const affected = kind
          .effects(step)
          .flatMap(({ what, name }) => (what === 'path' ? [name, ...onTheWayTo(name)] : [name]))
        const undeclared = diffFingerprints(before, once).filter(
          (line) => !affected.some((name) => line.includes(name)),
        )
        expect(undeclared).toEqual([])
        await kind.apply(step, priorState, bound.at(1))
        if (isRepeatable) await kind.apply(step, priorState, bound.at(2))
        expect(diffFingerprints(once, await print())).toEqual([])
        expect((await kind.verify(step, bound.at())).summary).toMatch(/^[^\n]+$/)
        expect(diffFingerprints(once, await print())).toEqual([])
      })

      it('undoes nothing that another run has made', async () => {
        // The other run makes it before this one's apply, which fails or finds nothing to do; then after an apply that never began.
        for (const begins of inDepth([true, false], [true])) {
          await arranged()
          const [own, other] = [await begin(), await begin()]
          if (!begins) await crashes(kind.apply(step, own.priorState, crashingAfter(own.bound.at(1), 0)))
          await kind.apply(step, other.priorState, other.bound.at(1))
          const made = await print()
          if (begins) await kind.apply(step, own.priorState, own.bound.at(1)).catch(() => undefined)
          const leftovers = await kind.undo(step, own.priorState, own.bound.at('undo-1'))
          expect({ lost: diffFingerprints(made, await print()), leftovers }).toMatchObject({ lost: [] })
        }
      })

      it('finishes, and undoes, after a crash behind any of its commands', async () => {
        const tried: Tried = {
          kind: kind.kind,
          case: name,
          commands: 0,
          'crash points': 0,
          unequal: 0,
        }
        table.push(tried)

        // Before the first command nothing has changed yet: left to `npm run test:all`. `npm test` alternates between finishing
        // and undoing, and does both at the last point.
        for (let crashed = wholeDepth ? 0 : 1, isLast = false; !isLast; crashed++) {
          tried['crash points']++
          if (wholeDepth || crashed % 2 === 1 || crashed === tried.commands) {
            await arranged()
            const before = await print()
            const { bound, priorState } = await begin()
            await crashes(kind.apply(step, priorState, crashingAfter(bound.at(1), crashed)))
            const attempt = isRepeatable ? 2 : 1
            // The attempt after a crash has all commands.
            const counted = counting(bound.at(attempt))
            await kind.apply(step, priorState, counted)
            counted.names.forEach((command) => expect(command).toMatch(/^[a-z0-9-]+$/))
            tried.commands = Math.max(tried.commands, counted.names.length)
            await kind.verify(step, bound.at(attempt))
            // The undo after a finished run.
            tried.unequal += await unequal(before, await kind.undo(step, priorState, bound.at('undo-1')))
          }

          isLast = crashed >= tried.commands
          if (!wholeDepth && !isLast && crashed % 2 === 1) continue
          await arranged()
          const again = await print()
          const other = await begin()
          await crashes(kind.apply(step, other.priorState, crashingAfter(other.bound.at(1), crashed)))
          tried.unequal += await unequal(
            again,
            await kind.undo(step, other.priorState, other.bound.at('undo-1')),
          )
        }
        expect(tried.unequal).toBe(0)
      })

      itIf(inside && (wholeDepth || KILLED_INSIDE.includes(kind.kind)))(
        'finishes, and undoes, after a kill inside of any command',
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
          const { bound, priorState } = await fresh()
          const counted = counting(bound.at())
          await kind.apply(step, priorState, counted)
          tried.commands = counted.names.length
          for (let command = 1; command <= tried.commands; command++) {
            for (let program = 1; ; program += EVERY) {
              const finished = await fresh()
              const at = { command, program }
              const killed = await crashes(
                kind.apply(step, finished.priorState, killedInside(finished.bound.at(1), at)),
              )
              if (!killed) break
              tried['crash points']++
              await kind.apply(step, finished.priorState, finished.bound.at(2))
              await kind.verify(step, finished.bound.at(2))
              tried.unequal += await unequal(
                finished.before,
                await kind.undo(step, finished.priorState, finished.bound.at('undo-1')),
              )

              const undone = await fresh()
              await crashes(kind.apply(step, undone.priorState, killedInside(undone.bound.at(1), at)))
              tried.unequal += await unequal(
                undone.before,
                await kind.undo(step, undone.priorState, undone.bound.at('undo-1')),
              )
            }
          }
          for (let program = 1; ; program += EVERY) {
            const { before, bound, priorState } = await fresh()
            await kind.apply(step, priorState, bound.at(1))
            const killed = await crashes(
              kind.undo(step, priorState, killedInside(bound.at('undo-1'), { command: 1, program })),
            )
            if (!killed) break
            tried['crash points']++
            tried.unequal += await unequal(before, await kind.undo(step, priorState, bound.at('undo-2')))
          }
          expect(tried['crash points']).toBeGreaterThan(tried.commands)
          expect(tried.unequal).toBe(0)
        },
        600_000,
      )

      /** Counts differences from before that the undo did not name. */
      async function unequal(
        before: Awaited<ReturnType<typeof print>>,
        leftovers: readonly Leftover[],
      ): Promise<number> {
        const named = [...notRestored, ...leftovers.map(({ what }) => what.split(' ')[1] ?? what)]
        const lines = diffFingerprints(before, await print()).filter(
          (line) => !named.some((name) => line.includes(name)),
        )
        if (lines.length > 0) console.error(`${kind.kind}, ${name}:\n${lines.join('\n')}`)
        return lines.length
      }
    },
  )
}

/** Parents that a step creates for a path, as a fingerprint prints them: `file /srv/app |`. */
function onTheWayTo(path: string): string[] {
  const names = path.split('/').slice(0, -1)
  return names.flatMap((_, index) => (index < 2 ? [] : [`file ${names.slice(0, index + 1).join('/')} |`]))
}

function throughJson(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json
}
