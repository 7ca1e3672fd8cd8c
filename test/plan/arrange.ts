import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import { z } from 'zod'
import { PlanRefused, problemLine } from '../../src/errors.ts'
import { planFile, planFolder, planTemplate } from '../../src/fields/plan-file.ts'
import { loadPlan, type PlanToLoad } from '../../src/plan/load-plan.ts'
import type { ResolvedPlan } from '../../src/plan/plan.ts'
import { Secret } from '../../src/shell/secret.ts'
import { pinned } from '../golden.ts'
import { changeKind, type AnyStepKind } from '../../src/steps/step-kind.ts'

const absolute = z
  .string()
  .regex(/^(\/[^/]+){2,}$/, { error: 'must be an absolute path such as /srv/app' })
  .meta({ title: 'path' })

const common = {
  outputs: ['id'],
  timeoutMinutes: 5,
  inspect: async () => ({ priorState: null, changes: [] }),
  apply: () => Promise.resolve(),
  verify: async () => ({ summary: 'as expected', strength: 'observed' as const }),
  undoes: () => 'nothing',
  undo: async () => [],
}

/** Writes an embedded file. */
const copy = changeKind({
  ...common,
  kind: 'copy',
  summary: 'A file has the bytes that the plan gives it',
  fields: {
    path: absolute,
    from: planFile.optional(),
    template: planTemplate.optional(),
    folder: planFolder.optional(),
    mode: z.string().default('0644'),
    copies: z.int().min(1).optional(),
  },
  validate: ({ from, template, folder }) =>
    from || template || folder ? undefined : 'needs from: or template:',
  describe: ({ path, from, template, folder }) => `copy ${(from ?? template ?? folder)?.name} to ${path}`,
  effects: ({ path }) => [{ how: 'modifies', what: 'path', name: path }],
})

/** Runs a script; accepts secrets in its environment. */
const script = changeKind({
  ...common,
  kind: 'script',
  summary: 'A script has run',
  fields: {
    script: z.string(),
    environment: z
      .record(z.string().regex(/^[A-Z_]+$/), z.union([z.string(), z.instanceof(Secret)]))
      .optional(),
    idempotent: z.boolean().default(false),
  },
  describe: ({ script: text }) => `run ${text}`,
  effects: () => [],
  idempotent: ({ idempotent }) => idempotent,
})

/** Deletes something permanently. */
const purge = changeKind({
  ...common,
  kind: 'purge',
  summary: 'A path is gone',
  fields: { path: absolute },
  describe: ({ path }) => `remove ${path}`,
  effects: ({ path }) => [{ how: 'deletes', what: 'path', name: path }],
  cannotUndo: () => 'what is removed is gone',
})

/** Small kinds for tests that read plans, which needs no host. */
export const kinds: ReadonlyMap<string, AnyStepKind> = new Map(
  [copy, script, purge].map((kind) => [kind.kind, kind as AnyStepKind]),
)

const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))

/** Creates a folder with these files; it is deleted after the tests. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'reinstate-plan-'))
  folders.push(folder)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

export interface Arranged {
  readonly plan: string | Uint8Array
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly inputs?: Readonly<Record<string, string>>
  readonly options?: Partial<PlanToLoad>
}

/** Loads a plan from a new folder. */
export async function load({ plan, files = {}, inputs = {}, options = {} }: Arranged): Promise<ResolvedPlan> {
  const folder = folderWith({ 'plan.yaml': plan, ...files })
  return loadPlan({ plan: folder, folders: [], inputs, runId: 'run-1', kinds, ...options })
}

/** Returns the problems of a plan as lines, `line:column code message (hint)`, with base names of files. */
export async function problemLinesOf(arranged: Arranged): Promise<readonly string[]> {
  try {
    await load(arranged)
  } catch (error) {
    if (!(error instanceof PlanRefused)) throw error
    return error.problems.map((problem) =>
      problemLine({ ...problem, file: problem.file.replace(/^.*reinstate-plan-\w+\//, '') }).replace(
        /^plan\.yaml:/,
        '',
      ),
    )
  }
  return []
}

/** Returns the problems of a plan as `line:column code`; the texts are pinned in test/golden. */
export async function problemsIn(arranged: Arranged): Promise<readonly string[]> {
  return pinned(await problemLinesOf(arranged))
}

/** Returns a plan of one phase; its steps start at line 7, indented by six spaces. */
export function planOf(steps: string, head = 'title: Test'): string {
  return ['plan: test', head, 'hosts: [one]', 'phases:', '  - phase: first', '    steps:']
    .concat(steps.split('\n').map((line) => (line === '' ? line : `      ${line}`)))
    .join('\n')
}
