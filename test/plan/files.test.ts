import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { StepRefused } from '../../src/errors.ts'
import { fillIn } from '../../src/plan/values/fill-in.ts'
import { checkPlan, loadPlan } from '../../src/plan/load-plan.ts'
import type { PlanFile } from '../../src/plan/plan.ts'
import { findPlan, listPlans } from '../../src/plan/files/plan-folder.ts'
import { unpack } from '../../src/plan/files/packed-file.ts'
import { folderWith, kinds, load, planOf, problemsIn } from './arrange.ts'

const copy = (how: string): string => planOf(`- { step: a, kind: copy, path: /srv/a, ${how} }`)
const text = (file: { base64: string }): string => Buffer.from(file.base64, 'base64').toString()

describe('an embedded file', () => {
  it('is part of the resolved plan, and reaches the kind byte for byte', async () => {
    const bytes = new Uint8Array([0, 255, 1, 36, 123, 123])
    const plan = await load({ plan: copy('from: files/a.bin'), files: { 'files/a.bin': bytes } })
    const step = plan.phases[0]?.steps[0]
    expect(step?.title).toBe('copy files/a.bin to /srv/a')
    const carried = step?.fields['from'] as unknown as PlanFile
    expect(Object.keys(carried).sort()).toEqual(['gzip', 'name', 'sha256'])
    const { from } = fillIn(step?.fields ?? {}, { outputs: {}, secrets: new Map() })
    expect(from).toEqual({
      name: 'files/a.bin',
      sha256: carried.sha256,
      base64: Buffer.from(bytes).toString('base64'),
    })
  })

  it('is refused on unpacking if its bytes differ', async () => {
    const plan = await load({ plan: copy('from: a.txt'), files: { 'a.txt': 'one' } })
    const carried = plan.phases[0]?.steps[0]?.fields['from'] as unknown as PlanFile
    expect(() => unpack({ ...carried, sha256: '0'.repeat(64) })).toThrow(StepRefused)
  })

  it.each([
    ['that does not exist', 'from: a.tx', '7:52 file-missing'],
    ['above the folder', 'from: ../a.txt', '7:52 file-outside'],
    ['at an absolute path', 'from: /etc/passwd', '7:52 file-outside'],
    ['that is a folder', 'from: files', '7:52 file-missing'],
    ['whose name is a number', 'from: 7', '7:52 bad-file'],
    ['that is too large', 'from: large', '7:52 file-too-large'],
  ])('%s is refused', async (_, how, expected) => {
    const files = { 'a.txt': 'a', 'files/b.txt': 'b', large: 'x'.repeat(1024 * 1024 + 1) }
    expect(await problemsIn({ plan: copy(how), files })).toEqual([expected])
  })

  it('is refused if a symbolic link leads out of the folder', async () => {
    const folder = folderWith({ 'out/secret.txt': 'a', 'plan/plan.yaml': copy('from: link.txt') })
    symlinkSync(join(folder, 'out/secret.txt'), join(folder, 'plan/link.txt'))
    const { problems } = checkPlan({ plan: join(folder, 'plan'), folders: [], kinds })
    expect(problems).toMatchObject([{ code: 'file-outside', line: 7, column: 52 }])
  })

  it('counts towards the limit of 1 MiB for all files', async () => {
    const half = 'x'.repeat(600 * 1024)
    const plan = planOf(
      '- { step: a, kind: copy, path: /srv/a, from: a.txt }\n- { step: b, kind: copy, path: /srv/b, from: a.txt }',
    )
    expect(await problemsIn({ plan, files: { 'a.txt': half } })).toEqual(['8:17 plan-too-large'])
  })
})

describe('a template', () => {
  const plan = planOf(
    '- { step: a, each: [n8n], kind: copy, path: /srv/a, template: a.conf }',
    'title: x\ninputs: { domain: { default: a.org } }\nsecrets: { file: x.env, require: [KEY] }',
  )

  it('is filled in with known values; ${VAR} stays', async () => {
    const resolved = await load({
      plan,
      files: { 'a.conf': '${{ each }}.${{ inputs.domain }} {\n  ${HOME} ${{run.id}}\n}\n' },
    })
    const { template } = fillIn(resolved.phases[0]?.steps[0]?.fields ?? {}, {
      outputs: {},
      secrets: new Map(),
    })
    expect(text(template as { base64: string })).toBe('n8n.a.org {\n  ${HOME} run-1\n}\n')
  })

  it('is refused at the lines of its lookups', async () => {
    const problems = await problemsIn({
      plan,
      files: { 'a.conf': 'ok\n  ${{ inputs.domian }}\n${{ secrets.KEY }} ${{ nothing }}\n' },
    })
    expect(problems).toEqual([
      'a.conf:2:3 unknown-input',
      'a.conf:3:1 lookup-in-template',
      'a.conf:3:20 bad-lookup',
    ])
  })

  it('of a program is refused at the lines of its inputs', async () => {
    const script = { 'a.sh': 'echo ${{ run.id }}\nrm -r /srv/${{ inputs.domain }}\n' }
    expect(await problemsIn({ plan: plan.replace('a.conf', 'a.sh'), files: script })).toEqual([
      'a.sh:2:12 lookup-in-template',
    ])
  })

  it('is refused if it is not UTF-8', async () => {
    expect(await problemsIn({ plan, files: { 'a.conf': new Uint8Array([0x61, 0xff]) } })).toEqual([
      'a.conf:1:2 yaml-not-utf8',
    ])
  })
})

describe('findPlan', () => {
  const fine = planOf('- { step: a, kind: script, script: "true" }')
  const shipped = folderWith({
    'shop/plan.yaml': fine,
    'blog.yaml': fine,
    'notes.txt': 'x',
    'empty/README.md': 'x',
  })
  const own = folderWith({ 'shop.yaml': fine })

  it('finds a plan by name, in the first folder that has it', () => {
    expect(findPlan('shop', [own, shipped]).file).toBe(join(own, 'shop.yaml'))
    expect(findPlan('shop', [shipped, own]).file).toBe(join(shipped, 'shop/plan.yaml'))
    expect(listPlans([own, shipped, join(own, 'gone')]).map(({ name }) => name)).toEqual(['blog', 'shop'])
  })

  it('finds a plan by the path of its folder or file', () => {
    expect(findPlan(join(shipped, 'shop'), []).name).toBe('shop')
    expect(findPlan(join(shipped, 'blog.yaml'), [])).toEqual({
      name: 'blog',
      file: join(shipped, 'blog.yaml'),
    })
  })

  it('refuses an unknown plan', async () => {
    const missing = (plan: string) =>
      loadPlan({ plan, folders: [own, shipped], inputs: {}, runId: 'r', kinds })
    await expect(missing('shp')).rejects.toThrow('shp:1:1 unknown-plan ')
    await expect(missing('./nowhere')).rejects.toThrow('unknown-plan')
    mkdirSync(join(own, 'hollow'))
    await expect(missing(join(own, 'hollow'))).rejects.toThrow('unknown-plan')
  })
})

describe('checkPlan', () => {
  it('accepts missing inputs, and still reports other problems', async () => {
    const folder = folderWith({
      'plan.yaml': planOf(
        '- { step: a, kind: copy, path: "${{ inputs.dir }}", from: "${{ inputs.file }}" }\n- { step: b, kind: nothing }',
        'title: x\ninputs: { dir: required, file: required }',
      ),
    })
    const { problems } = checkPlan({ plan: folder, folders: [], kinds })
    expect(problems.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual([
      '9:26 unknown-kind',
    ])
  })
})
