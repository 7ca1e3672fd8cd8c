import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { freePorts } from '../../src/embedded/ports.ts'
import { temporalProgram } from '../../testbed/temporal-program.ts'

// The npm package as a user gets it: packed from what git has, installed into an empty folder, and run there.

const folder = mkdtempSync(join(tmpdir(), 'reinstate-tarball-'))
const [repository, user, made] = [join(folder, 'repository'), join(folder, 'user'), join(folder, 'made')]
let packed: { readonly filename: string; readonly size: number; readonly files: readonly string[] }
let environment: Readonly<Record<string, string>>

/** Runs the installed program in the user's folder, with nothing of this process's environment. */
async function reinstate(...words: readonly string[]) {
  const { exitCode, stdout, stderr } = await execa('npx', ['--no-install', 'reinstate', ...words], {
    ...{ cwd: user, reject: false, stdin: 'ignore', extendEnv: false, env: environment },
  })
  return { exitCode, stdout, stderr }
}

beforeAll(async () => {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: packageFolder() })
  for (const file of files.toString().split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(repository, file)), { recursive: true })
    cpSync(packageFolder(file), join(repository, file), { verbatimSymlinks: true })
  }
  symlinkSync(packageFolder('node_modules'), join(repository, 'node_modules'))
  const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', folder], { cwd: repository })
  // The build prints before npm does.
  const [pack] = JSON.parse(stdout.slice(stdout.search(/^\[/m))) as [
    { filename: string; size: number; files: readonly { readonly path: string }[] },
  ]
  packed = { ...pack, files: pack.files.map(({ path }) => path) }

  mkdirSync(user)
  writeFileSync(join(user, 'package.json'), '{ "private": true }\n')
  const tarball = join(folder, packed.filename)
  await execa('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], { cwd: user })
  // What is installed must not lead back to it.
  rmSync(repository, { recursive: true })
  const { temporal, ui } = await freePorts()
  environment = {
    PATH: process.env['PATH'] ?? '',
    ...{ HOME: folder, REINSTATE_HOME: join(folder, 'home'), REINSTATE_LOCAL_ROOT: join(folder, 'local') },
    ...{ REINSTATE_PORT: String(temporal), REINSTATE_UI_PORT: String(ui) },
    TEMPORAL_CLI_PATH: await temporalProgram(),
  }
}, 600_000)
afterAll(async () => {
  await reinstate('dev', '--stop')
  rmSync(folder, { recursive: true, force: true })
})

describe('the npm package', () => {
  it('has no more than what runs, and is no larger than 8 MB', () => {
    const parts = new Set(packed.files.map((path) => path.split('/').slice(0, 2).join('/')))
    expect([...parts].filter((part) => !/^(docs|plans)\//.test(part)).sort()).toEqual([
      ...['CHANGELOG.md', 'LICENSE', 'README.md', 'bin/package.json', 'bin/reinstate'],
      ...[
        'dist/cli.cache',
        'dist/cli.cjs',
        'dist/failure-converter.cjs',
        'dist/quick.cache',
        'dist/quick.cjs',
      ],
      ...['dist/src', 'dist/workflow-bundle-encrypted.js', 'dist/workflow-bundle.js', 'package.json'],
      ...['scripts/fetch-temporal', 'scripts/take-lock.sh', 'scripts/temporal-hashes.txt'],
    ])
    expect(packed.files.filter((path) => /\.test\.|\.ts$|\.map$|^docs\/decisions/.test(path))).toEqual([])
    expect(packed.size).toBeLessThan(8_000_000)
  })

  it('has every shell, SQL and awk file of the sources, and every file of the shipped plans', () => {
    const listed = (...words: readonly string[]) =>
      execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...words], {
        cwd: packageFolder(),
        encoding: 'utf8',
      })
        .trim()
        .split('\n')
    const scripts = listed('src/*.sh', 'src/*.sql', 'src/*.awk').map((path) => `dist/${path}`)
    expect(scripts.length).toBeGreaterThan(50)
    const there = new Set(packed.files)
    expect([...scripts, ...listed('plans')].filter((path) => !there.has(path))).toEqual([])
  })
})

describe('reinstate, installed from the npm package', () => {
  it('prints its version, completions for each shell, and what it ships', async () => {
    const { version } = JSON.parse(readFileSync(packageFolder('package.json'), 'utf8')) as { version: string }
    expect(await reinstate('--version')).toEqual({ exitCode: 0, stdout: version, stderr: '' })
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { stdout } = await reinstate('completion', shell)
      expect(stdout).toContain('rollback')
    }
    const { stdout } = await reinstate('completion', 'bash')
    execFileSync('bash', ['-n'], { input: stdout })
    expect((await reinstate('schema', '--example')).stdout).toContain('phases:')
    expect((await reinstate('kinds', 'volume-restore')).stdout).toContain('volume')
  })

  it('checks a shipped plan by its name, and finds what is wrong in one of the user', async () => {
    writeFileSync(join(user, 'wrong.yaml'), 'plan: wrong\ntitle: x\nhosts: [here]\nphases: 7\n')
    expect((await reinstate('check', 'wrong.yaml')).exitCode).toBe(2)
    const shipped = await reinstate('check', 'guestbook-restore')
    expect({ ...shipped, stdout: '' }).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  })

  it('starts Temporal and a worker, runs a plan on this machine, and rolls it back', async () => {
    writeFileSync(join(user, 'inventory.yaml'), 'hosts: { here: { local: true } }\n')
    mkdirSync(join(user, 'plans'))
    writeFileSync(
      join(user, 'plans', 'rooms.yaml'),
      `
plan: rooms
title: Make room
hosts: [here]
stack: tarball-${process.pid}
phases:
  - phase: prepare
    steps:
      - { step: room, kind: directories, paths: [${made}/room] }
`,
    )
    const ran = await reinstate('run', 'rooms', '--id', 'rooms-1', '--yes')
    expect(ran.exitCode, ran.stdout + ran.stderr).toBe(0)
    expect(statSync(join(made, 'room')).isDirectory()).toBe(true)
    expect((await reinstate('status')).stdout).toMatch(/rooms-1 +done/)
    const undone = await reinstate('rollback', 'rooms-1', '--yes')
    expect(undone.exitCode, undone.stdout + undone.stderr).toBe(0)
    expect(statSync(made, { throwIfNoEntry: false })).toBeUndefined()
  }, 240_000)

  it('stops them', async () => {
    expect((await reinstate('dev', '--stop')).stderr).toMatch(/stopped: .*worker/)
  })
})
