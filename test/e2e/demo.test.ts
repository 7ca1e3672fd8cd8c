import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { interruptAtFirstStep, typeDemo } from '../../testbed/typed-demo.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reinstate-test-demo-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const demo = () => typeDemo(['--guestbook', '--yes'], { TMPDIR: folder })

/** TestHosts and processes with the folder in their arguments, and its content. */
async function left(): Promise<readonly string[]> {
  const { stdout: testHosts } = await execa('docker', [
    'ps',
    '-a',
    '--format',
    '{{.Names}} {{.Label "reinstate.testbed.folder"}}',
  ])
  const { stdout: processes } = await execa('sh', ['-c', `grep -lF ${folder} /proc/[0-9]*/environ`], {
    reject: false,
  })
  return [
    ...testHosts.split('\n').filter((line) => line.includes(folder)),
    ...processes.split('\n').filter(Boolean),
    ...(await readdir(folder)),
  ]
}

it('restores the small stack, and removes everything', async () => {
  const { exitCode, stdout } = await demo()
  expect(stdout).toMatch(/\[COMPLETED\]/)
  expect(exitCode, stdout).toBe(0)
  expect(await left()).toEqual([])
})

it('removes everything after Ctrl-C', async () => {
  await interruptAtFirstStep(demo(), async () => {
    expect((await left()).length).toBeGreaterThan(2)
  })
  expect(await left()).toEqual([])
})
