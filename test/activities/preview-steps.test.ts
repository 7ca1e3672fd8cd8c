import { describe, expect, it } from 'vitest'
import { StepRefused } from '../../src/errors.ts'
import { previewSteps } from '../../src/activities/preview-steps.ts'
import type { ResolvedStep } from '../../src/plan/plan.ts'
import { kinds } from '../../src/steps/index.ts'
import {
  aboutContainer,
  aboutContent,
  aboutPath,
  blockedOnDirectoryOf,
  blockedOnContainer,
  type Blocked,
  type Effect,
} from '../../src/steps/step-kind.ts'

const common = { host: 'server', timeoutSeconds: 1, maxAttempts: 1, backoffSeconds: 1, idempotent: true }
const step = (id: string, kind: string, fields: ResolvedStep['fields'], needs: string[]): ResolvedStep => ({
  ...{ step: id, title: id, kind, fields, needs },
  ...common,
})
const steps = [
  step('folder', 'directories', { paths: ['/srv/app'] }, []),
  step('stop', 'containers-stop', { projects: ['old'] }, ['folder']),
  step('write', 'tree-check', { path: '/srv/app/x', files: ['a'] }, ['stop']),
]

/** What a preview shows of the last step where its inspection is blocked, after these steps. */
async function shown({ blockedOn }: Blocked, text: string, before: readonly ResolvedStep[] = []) {
  const look = ({ step: { step } }: { readonly step: ResolvedStep }) =>
    Promise.resolve(
      step === 'write' ? { text: text, blockedOn } : { priorState: null, changes: ['something'] },
    )
  const { steps: previews } = await previewSteps(
    {
      ...{ ref: { run: 'r', token: 'k7f3' }, plan: { plan: 'p', hosts: ['server'] }, outputs: {} },
      phases: [{ phase: 'one', title: 'One', needs: [], onFailure: 'ask', steps: [...before, ...steps] }],
    },
    { inspect: look, verify: () => Promise.reject(new Error('not asked')), kinds },
  )
  const { after, blocked, refused } = previews.at(-1) ?? {}
  return { after, blocked, refused }
}

describe('previewSteps › a step that is blocked', () => {
  it.each(['the directory of it', 'something else', 'container old-web-1'])(
    'is known after the step with that effect, also where it is worded "%s"',
    async (text) => {
      expect(await shown(blockedOnDirectoryOf('/srv/app/x'), text)).toEqual({
        after: ['folder'],
        blocked: text,
        refused: undefined,
      })
      expect(await shown(blockedOnContainer({ name: 'old-web-1', project: 'old' }, ''), text)).toMatchObject({
        after: ['stop'],
      })
    },
  )

  it('is refused where no step has that effect, even if its words name one', async () => {
    const { after, refused } = await shown(
      blockedOnContainer({ name: 'other-web-1', project: 'other' }, ''),
      'container old-web-1, /srv/app',
    )
    expect([after, typeof refused]).toEqual([undefined, 'string'])
  })
})

describe('previewSteps › a step that is blocked on what no step declares', () => {
  const blocked = blockedOnDirectoryOf('/opt/made/file')
  const fields = { verify: 'test -e /opt' }

  it('waits where a script before it may create it', async () => {
    const script = step('before', 'command', { ...fields, script: 'true', cannotUndo: 'nothing' }, [])
    expect(await shown(blocked, 'it', [script])).toEqual({
      after: undefined,
      blocked: 'it',
      refused: undefined,
    })
  })

  it('is refused where the command before it is a check', async () => {
    const { refused } = await shown(blocked, 'it', [step('before', 'command', fields, [])])
    expect(refused).toContain('no earlier step creates it')
  })
})

describe('previewSteps › a step that the present state of its host refuses', () => {
  const moveAway = step('away', 'move', { from: '/srv/blog/.env', to: '/srv/old/.env' }, [])
  const copy = { from: '/backup/conf', to: '/srv/blog', into: 'existing' }
  const up = { file: '/srv/blog/compose.yaml', project: 'blog' }
  /** What a preview shows of the second of two steps, whose inspection is refused. */
  const refusedAfter = async (
    earlier: ResolvedStep,
    kind: string,
    fields: ResolvedStep['fields'],
    about: readonly Effect[],
  ) => {
    const { steps: previews } = await previewSteps(
      {
        ...{ ref: { run: 'r', token: 'k7f3' }, plan: { plan: 'p', hosts: ['server'] }, outputs: {} },
        phases: [
          {
            ...{ phase: 'one', title: 'One', needs: [], onFailure: 'ask' },
            steps: [earlier, step('last', kind, fields, [])],
          },
        ],
      },
      {
        inspect: ({ step: { step } }) =>
          step === 'last'
            ? Promise.reject(new StepRefused('as it is now', { about }))
            : Promise.resolve({ priorState: null, changes: ['something'] }),
        verify: () => Promise.reject(new Error('not asked')),
        kinds,
      },
    )
    const { after, blocked, refused } = previews.at(-1) ?? {}
    return { after, blocked, refused }
  }
  const write = { path: '/srv/blog/.env', from: { name: 'x', sha256: '', base64: '' } }

  const tree = aboutPath('/srv/blog').about
  const file = aboutPath('/srv/blog/.env').about
  const composeFile = aboutContent('/srv/blog/compose.yaml').about
  const container = aboutContainer({ name: 'blog-web-1', project: 'blog' }).about
  it.each<[string, ResolvedStep, string, ResolvedStep['fields'], readonly Effect[], string]>([
    [
      'a file is moved away from the tree',
      moveAway,
      'file-copy',
      copy,
      tree,
      'the new state of /srv/blog/.env',
    ],
    [
      'the whole tree is moved away',
      step('away', 'move', { from: '/srv/blog', to: '/srv/old' }, []),
      'file-copy',
      copy,
      tree,
      'the new state of /srv/blog',
    ],
    ['the path is moved away', moveAway, 'file-write', write, file, 'the new state of /srv/blog/.env'],
    [
      'the path is put in quarantine',
      step('away', 'quarantine', { paths: ['/srv/blog/.env'] }, []),
      'file-write',
      write,
      file,
      'the new state of /srv/blog/.env',
    ],
    [
      'its Compose file is written',
      step('away', 'file-write', { ...write, path: '/srv/blog/compose.yaml' }, []),
      'compose-up',
      up,
      composeFile,
      'the new state of /srv/blog/compose.yaml',
    ],
    [
      'its project is taken down',
      step('away', 'compose-down', up, []),
      'compose-up',
      up,
      container,
      'the new state of project blog',
    ],
  ])('is inspected after the step by which %s', async (_, ...[earlier, kind, fields, about, blocked]) => {
    expect(await refusedAfter(earlier, kind, fields, about)).toEqual({
      ...{ after: ['away'], blocked, refused: undefined },
    })
  })

  it.each<[string, ResolvedStep, string, ResolvedStep['fields'], readonly Effect[]]>([
    [
      'only creates what may be there',
      step('away', 'directories', { paths: ['/srv/blog'] }, []),
      'file-copy',
      copy,
      tree,
    ],
    [
      'only stops its project',
      step('away', 'containers-stop', { projects: ['blog'] }, []),
      'compose-up',
      up,
      container,
    ],
    [
      'writes its Compose file, and it is about a port or about data',
      step('away', 'file-write', { ...write, path: '/srv/blog/compose.yaml' }, []),
      'compose-up',
      up,
      [],
    ],
    [
      'moves something else away',
      step('away', 'move', { from: '/srv/other', to: '/srv/old' }, []),
      'file-copy',
      copy,
      tree,
    ],
  ])('is refused where an earlier step %s', async (_, ...[earlier, kind, fields, about]) => {
    expect(await refusedAfter(earlier, kind, fields, about)).toMatchObject({ refused: 'as it is now' })
  })
})

describe('previewSteps › what a clear undoes before a step', () => {
  const look = (id: string) => ({
    inspect: ({ step: { step } }: { readonly step: ResolvedStep }) =>
      Promise.resolve(
        step === id ? blockedOnDirectoryOf('/srv/app/x') : { priorState: null, changes: ['something'] },
      ),
    verify: () => Promise.reject(new Error('not asked')),
    kinds,
  })
  const phase = (id: string, step: ResolvedStep, needs: string[], clears: string[] = []) => ({
    ...{ phase: id, title: id, needs, onFailure: 'ask' as const, steps: [step] },
    ...(clears.length > 0 && { clears }),
  })
  const folder = step('folder', 'directories', { paths: ['/srv/app'] }, [])
  const write = step('write', 'tree-check', { path: '/srv/app/x', files: ['a'] }, [])
  const of = async (clears: string[]) => {
    const { steps: previews } = await previewSteps(
      {
        ...{ ref: { run: 'r', token: 'k7f3' }, plan: { plan: 'p', hosts: ['server'] }, outputs: {} },
        phases: [phase('rehearsal', folder, [], clears), phase('live', write, ['rehearsal'])],
      },
      look('write'),
    )
    const { after, refused } = previews.at(-1) ?? {}
    return { after, refused }
  }

  it('creates nothing for the step', async () => {
    expect(await of([])).toEqual({ after: ['folder'], refused: undefined })
    const { after, refused } = await of(['rehearsal'])
    expect(after).toBeUndefined()
    expect(refused).toContain('folder creates it, and is cleared before this step')
  })

  it('is still there for a step of the phase that is cleared', async () => {
    const { steps: previews } = await previewSteps(
      {
        ...{ ref: { run: 'r', token: 'k7f3' }, plan: { plan: 'p', hosts: ['server'] }, outputs: {} },
        phases: [
          {
            ...phase('rehearsal', folder, [], ['rehearsal']),
            steps: [folder, { ...write, needs: ['folder'] }],
          },
        ],
      },
      look('write'),
    )
    expect(previews.at(-1)?.after).toEqual(['folder'])
  })
})
