import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { inDepth } from '../depth.ts'

/** A small part of each command of package.json, typed as a user would. `docs` writes the reference, which others read. */
const SMOKE: Readonly<Record<string, string>> = {
  demo: 'npm run demo -- --yes --guestbook',
  test: 'npm test -- test/host/values.test.ts test/host/crash-points.test.ts test/steps/files.test.ts',
  soak: 'npm run soak -- --runs 6',
  // By this seed the first run breaks in its first phase.
  chaos:
    'file=$(mktemp) && npm run test:chaos -- --runs 1 --seed 138 --out "$file"; code=$?; rm -f "$file"; exit $code',
  // Exit status 1 where a goal is missed, which depends on what else this machine does.
  bench: 'npm run bench -- steps | grep mitogen',
  fuzz: 'npm run fuzz -- --seconds 2',
}

/** Those that npm test runs; the others take half a minute or more. */
const QUICK = Object.entries(SMOKE).filter(([command]) => !['demo', 'chaos', 'bench'].includes(command))

/** Programs that scripts look for and can do without. */
const OPTIONAL = ['git', 'temporal', 'google-chrome', 'chromium-browser']
const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin']

const lines = (text: string) => text.trim().split('\n').filter(Boolean)
const run = (...words: readonly [string, ...string[]]) =>
  lines(execFileSync(words[0], words.slice(1), { cwd: packageFolder(), encoding: 'utf8' }))

/** The programs of a command by scripts/needs; pip and venv are modules of python3. */
function programsOf(command: string): readonly string[] {
  const rows = run('sh', 'scripts/rows', command).map((row) => row.split(' '))
  return rows.flatMap(([program = '', , part]) =>
    part === 'part' || ['pip', 'venv'].includes(program) ? [] : [program],
  )
}

/** The programs of the packages that every Debian has. */
function essentialPrograms(): readonly string[] {
  const essential = run('dpkg-query', '-W', '-f', '${Essential} ${Package}\n')
    .filter((line) => line.startsWith('yes '))
    .map((line) => line.slice(4))
  return run('dpkg-query', '-L', ...essential).filter((path) => /^(\/usr)?\/s?bin\/[^/]+$/.test(path))
}

let folder: string
/** What every machine has: awk is a link that Debian's alternatives make. */
let everywhere: readonly string[]
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reinstate-needs-'))
  everywhere = [...essentialPrograms(), '/usr/bin/awk', process.execPath]
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Makes a folder with a link to each of these programs; of two with one name, the first. */
function linked(at: string, programs: readonly string[]): string {
  mkdirSync(at, { recursive: true })
  for (const [name, path] of new Map(programs.toReversed().map((one) => [basename(one), one])))
    symlinkSync(path, join(at, name))
  return at
}

/**
 * A PATH with what a command needs by the table, and, behind it, a stand-in for every other program of this machine. A stand-in
 * writes down that it was called, and fails.
 */
function onlyWhatIsNeededBy(command: string) {
  const at = mkdtempSync(join(folder, `${command}-`))
  const [others, called] = [join(at, 'others'), join(at, 'called')]
  // Not `command -v`: a shell names kill, which it has built in, without a path.
  const found = ['npm', 'npx', ...programsOf(command)].flatMap((name) =>
    [...(process.env['PATH'] ?? '').split(':'), ...FOLDERS]
      .map((at) => join(at, name))
      .filter((path) => existsSync(path))
      .slice(0, 1),
  )
  const needed = linked(join(at, 'needed'), [...everywhere, ...found])
  mkdirSync(others)
  writeFileSync(called, '')
  const there = new Set([...readdirSync(needed), ...OPTIONAL])
  for (const name of FOLDERS.flatMap((at) => readdirSync(at)).filter((one) => !there.has(one))) {
    writeFileSync(join(others, name), `#!/bin/sh\necho '${name}' >>'${called}'\nexit 127\n`, { mode: 0o755 })
  }
  return { PATH: `${needed}:${others}`, called: () => [...new Set(lines(readFileSync(called, 'utf8')))] }
}

// vitest runs what there is, and says nothing of a file that is missing.
it('names only test files that exist, and so does scripts/try-fresh', () => {
  const scripts = [...Object.values(SMOKE), readFileSync(packageFolder('scripts', 'try-fresh'), 'utf8')]
  const named = scripts.flatMap((text) => text.match(/\btest\/[\w/-]+\.test\.ts/g) ?? [])
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((file) => !existsSync(packageFolder(file)))).toEqual([])
})

describe('scripts/needs', () => {
  it('has a column for every command of package.json that does work', () => {
    const { scripts } = JSON.parse(readFileSync(packageFolder('package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    const commands = Object.values(scripts).flatMap(
      (script) => /^sh scripts\/run (\S+)/.exec(script)?.[1] ?? [],
    )
    for (const command of [...commands, 'test', 'all']) expect(programsOf(command)).toBeInstanceOf(Array)
  })

  it.each(inDepth(Object.entries(SMOKE), QUICK))(
    'names every program that `npm run %s` calls',
    async (command, typed) => {
      const { PATH, called } = onlyWhatIsNeededBy(command)
      const { exitCode, all } = await execa('sh', ['-c', typed], {
        cwd: packageFolder(),
        // What runs this test may be one shard of test:all; what a user types is not.
        env: { PATH, REINSTATE_SHARD: undefined, REINSTATE_COUNTS: undefined },
        all: true,
        reject: false,
      })
      expect(called()).toEqual([])
      expect({ exitCode, all: exitCode === 0 ? '' : all }).toEqual({ exitCode: 0, all: '' })
    },
    600_000,
  )
})

describe('scripts/setup', () => {
  it('names what is missing, and what to type, within a second', async () => {
    const began = Date.now()
    const { exitCode, stderr } = await execa('sh', ['scripts/install-missing', 'soak'], {
      cwd: packageFolder(),
      // A machine without apt-get, and with nothing but what every Debian has.
      env: { PATH: linked(join(folder, 'bare'), everywhere) },
      reject: false,
    })
    expect(exitCode).toBe(3)
    expect(stderr.split('\n').at(-1)).toMatch(/^setup: not found: .*\bkill, .*busybox/)
    expect(Date.now() - began).toBeLessThan(1000)
  })
})
