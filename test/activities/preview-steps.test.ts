import { describe, expect, it } from 'vitest'
import { previewSteps } from '../../src/activities/preview-steps.ts'
import type { ResolvedStep } from '../../src/plan/plan.ts'
import { kinds } from '../../src/steps/index.ts'
import { blockedOnDirectoryOf, blockedOnContainer, type Blocked } from '../../src/steps/step-kind.ts'

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

/** What a preview shows of the last step where its inspection is blocked. */
async function shown({ blockedOn }: Blocked, text: string) {
  const look = ({ step: { step } }: { readonly step: ResolvedStep }) =>
    Promise.resolve(
      step === 'write' ? { text: text, blockedOn } : { priorState: null, changes: ['something'] },
    )
  const { steps: previews } = await previewSteps(
    {
      ...{ ref: { run: 'r', token: 't' }, plan: { plan: 'p', hosts: ['server'] }, outputs: {} },
      phases: [{ phase: 'one', title: 'One', needs: [], onFailure: 'ask', steps }],
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
