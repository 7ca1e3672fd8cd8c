import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keep } from '../../src/activities/prior-state.ts'
import { packageFolder } from '../../src/config.ts'
import type { AnyStepKind, Json } from '../../src/steps/step-kind.ts'

const FOLDER = packageFolder('test', 'histories', 'prior-states')

/** What a run of some version has in its history of a step: a later version has to undo it. */
export interface SavedState {
  /** The name of the case in the contract suite. */
  readonly case: string
  readonly fields: object
  /** The prior state as the journal has it. */
  readonly journalled: Json
}

/** Of one kind: all that was ever saved. A shape that is in runs of users stays here. */
export function savedStates(kind: string): readonly SavedState[] {
  const file = join(FOLDER, `${kind}.json`)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly SavedState[]) : []
}

/** Adds a state where none of this case has its shape and version: `npm run prior-states`. */
export function saveState(
  kind: AnyStepKind,
  of: { readonly case: string; readonly fields: object; readonly priorState: Json },
): void {
  const { priorState, ...about } = of
  const saved = savedStates(kind.kind)
  const added = { ...about, journalled: keep(kind, priorState) }
  if (saved.some((one) => one.case === added.case && same(one.journalled, added.journalled))) return
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, `${kind.kind}.json`), `${JSON.stringify([...saved, added], null, 1)}\n`)
}

function same(one: Json, other: Json): boolean {
  const [a, b] = [one, other].map((state) => JSON.stringify({ ...shapeOfJson(state), ...versionIn(state) }))
  return a === b
}

function versionIn(journalled: Json): object {
  return { at: (journalled as { readonly version: number }).version }
}

/** By path: the types of a JSON value. Elements of a list count once for each of their shapes. */
export function shapeOfJson(value: Json, path = ''): Readonly<Record<string, string>> {
  if (Array.isArray(value))
    return Object.assign(
      { [path]: 'list' },
      ...value.map((one: Json) => shapeOfJson(one, `${path}[]`)),
    ) as Record<string, string>
  if (typeof value === 'object' && value !== null)
    return Object.assign(
      {},
      ...Object.keys(value)
        .sort()
        .map((key) => shapeOfJson((value as Record<string, Json>)[key] ?? null, `${path}.${key}`)),
    ) as Record<string, string>
  return { [path]: value === null ? 'null' : typeof value }
}
