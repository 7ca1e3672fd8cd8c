import { describe, expect, it } from 'vitest'
import { kinds } from '../../src/steps/index.ts'
import { outputsOf } from '../../src/steps/step-kind.ts'
import type { AnyStepKind, Outputs } from '../../src/steps/step-kind.ts'
import { fieldsOf, type Bound } from '../../testbed/step-stage.ts'
import { stageOfFile, inspected } from './stage.ts'
import { planFile } from './joins/file-write.ts'
import { awkwardTree } from './joins/volume-restore.ts'

/** A step of a kind that gives outputs, on a host where it has something to do. */
interface Giving {
  readonly kind: string
  readonly name: string
  readonly fields: object
  readonly arrange: string
  /** A run of its own that comes later: `nothing to do` where it is the same step, else what it is refused for. */
  readonly secondRun: 'nothing to do' | 'refused'
  readonly outputs: Outputs | { readonly containers: RegExp }
}

const compose = `mkdir -p /srv/book
cat > /srv/book/compose.yml <<'END'
services:
  first: { image: testbed/nginx:1 }
  second: { image: testbed/nginx:1, scale: 2 }
END`
const file = planFile('one\n')
const tree = `mkdir -p /srv/app; ${awkwardTree}`
const up = { file: '/srv/book/compose.yml', project: 'book', pull: 'never' }

const GIVING: readonly Giving[] = [
  {
    kind: 'file-write',
    name: 'a new file',
    fields: { path: '/srv/app.conf', from: file },
    arrange: 'true',
    secondRun: 'nothing to do',
    outputs: { sha256: file.sha256 },
  },
  {
    kind: 'file-copy',
    name: 'into a directory that exists',
    fields: { from: '/backup/tree', to: '/srv/copy', into: 'existing' },
    arrange: `${awkwardTree}; mkdir /srv/copy`,
    secondRun: 'nothing to do',
    outputs: { path: '/srv/copy' },
  },
  {
    kind: 'file-copy',
    name: 'into a fresh directory',
    fields: { from: '/backup/tree', to: '/srv/copy' },
    arrange: awkwardTree,
    secondRun: 'refused',
    outputs: { path: '/srv/copy' },
  },
  {
    kind: 'compose-up',
    name: 'all services',
    fields: up,
    arrange: compose,
    secondRun: 'nothing to do',
    outputs: { containers: /^[0-9a-f]{64} [0-9a-f]{64} [0-9a-f]{64}$/ },
  },
  {
    kind: 'compose-up',
    name: 'one service beside another',
    fields: { ...up, services: ['first'] },
    arrange: `${compose}\ndocker compose -f /srv/book/compose.yml -p book up -d second 2> /dev/null`,
    secondRun: 'nothing to do',
    outputs: { containers: /^[0-9a-f]{64}$/ },
  },
  {
    kind: 'move',
    name: 'a directory',
    fields: { from: '/srv/build', to: '/srv/live' },
    arrange: 'mkdir /srv/build',
    secondRun: 'refused',
    outputs: { path: '/srv/live' },
  },
  {
    kind: 'volume-restore',
    name: 'a volume',
    fields: { from: '/backup/tree', volume: 'fresh' },
    arrange: tree,
    secondRun: 'refused',
    outputs: { volume: 'fresh' },
  },
  {
    kind: 'volume-restore',
    name: 'prestaged',
    fields: { from: '/backup/tree', volume: 'fresh', prestage: true },
    arrange: tree,
    secondRun: 'refused',
    outputs: { volume: 'fresh' },
  },
  {
    kind: 'volume-restore',
    name: 'several members',
    fields: {
      members: [
        { from: '/backup/tree', volume: 'fresh' },
        { from: '/backup/tree/sub', path: '/srv/app/sub' },
      ],
    },
    arrange: tree,
    secondRun: 'refused',
    outputs: { volume: 'fresh', path: '/srv/app/sub' },
  },
]

const stage = stageOfFile()

type Change = Extract<AnyStepKind, { readonly shape: 'change' }>

function kindOf(name: string): Change {
  const kind = kinds.get(name)
  if (kind?.shape !== 'change') throw new Error(`there is no kind ${name} that changes anything`)
  return kind
}

/** One run of the step, as the workflow makes it: inspect, apply where there is something to do, verify. */
async function carriedOut(kind: Change, step: ReturnType<typeof fieldsOf>, bound: Pick<Bound, 'at'>) {
  const looked = await inspected(kind, step, bound.at())
  if (looked.changes.length > 0) await kind.apply(step, looked.priorState, bound.at())
  const { outputs } = await kind.verify(step, bound.at())
  return { changes: looked.changes.length, outputs }
}

/** They need an archive, a registry, a server or a dump; each has its own test: archive-restore, image-build, image-push, postgres-backup, dump-restore. */
const ELSEWHERE = [
  'archive-restore',
  'dump-restore',
  'image-build',
  'image-pull',
  'image-push',
  'postgres-backup',
]

describe('outputs', () => {
  it('of every kind that declares any are tested here, or where what they need is', () => {
    const declaring = [...kinds.values()].filter((kind) => outputsOf(kind).length > 0).map(({ kind }) => kind)
    expect([...new Set([...GIVING.map(({ kind }) => kind), ...ELSEWHERE])].sort()).toEqual(declaring.sort())
  })

  it.each(GIVING)(
    '$kind, $name › second run › gives the outputs of the first',
    async ({ kind: name, fields, arrange, secondRun, outputs }) => {
      const kind = kindOf(name)
      const step = fieldsOf(kind, fields)
      await stage.testHost.must(arrange)
      const bound = stage.step()
      const first = await carriedOut(kind, step, bound)
      expect(first.changes).toBeGreaterThan(0)
      expect(first.outputs).toEqual(
        'containers' in outputs
          ? { containers: expect.stringMatching(outputs.containers) as string }
          : outputs,
      )
      for (const output of Object.keys(first.outputs ?? {})) expect(outputsOf(kind)).toContain(output)
      // Its last activity again, as after the crash of a worker.
      expect((await kind.verify(step, bound.at(2))).outputs).toEqual(first.outputs)

      const second = carriedOut(kind, step, stage.step())
      if (secondRun === 'refused') await expect(second).rejects.toThrow()
      else expect(await second).toEqual({ changes: 0, outputs: first.outputs })
    },
  )

  it('volume-restore has the output path or volume only if a step names one', () => {
    const kind = kindOf('volume-restore')
    expect(outputsOf(kind, { from: '/a', volume: 'b' })).toEqual(['volume'])
    expect(outputsOf(kind, { from: '/a', path: '/b' })).toEqual(['path'])
    const members = [
      { from: '/a', volume: 'b' },
      { from: '/c', path: '/d' },
    ]
    expect(outputsOf(kind, { members })).toEqual(['volume', 'path'])
  })

  it('volume-restore, finishing what is unchanged since it was prestaged › gives the same outputs', async () => {
    const kind = kindOf('volume-restore')
    await stage.testHost.must(tree)
    const run = stage.step()
    const prestaged = fieldsOf(kind, { from: '/backup/tree', volume: 'fresh', prestage: true })
    const { outputs } = await carriedOut(kind, prestaged, run)
    const finalizing = fieldsOf(kind, { from: '/backup/tree', volume: 'fresh', finalize: 'try/it' })
    expect(await carriedOut(kind, finalizing, run.later('finish'))).toMatchObject({ outputs })
  })
})
