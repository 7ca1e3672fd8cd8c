import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { packageFolder } from '../src/config.ts'

interface LockedPackage {
  readonly resolved?: string
  readonly integrity?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

type Packages = Readonly<Record<string, LockedPackage>>

/** Node's way to find a package: the nearest `node_modules` upwards. */
function isLocked(name: string, from: string, packages: Packages): boolean {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${name}` in packages) return true
    if (folder === '') return false
  }
}

describe.each([
  'package-lock.json',
  'plans/mech-evolve/app/package-lock.json',
  'plans/message-bus/app/package-lock.json',
  'plans/miyabi-reconstruction/app/package-lock.json',
  'plans/vividwalls-master/app/package-lock.json',
])('%s', (file) => {
  const { packages } = JSON.parse(readFileSync(packageFolder(...file.split('/')), 'utf8')) as {
    packages: Packages
  }
  const locked = Object.entries(packages).filter(([path]) => path !== '')

  // npm 11 refuses a lock file without the packages of other platforms: `npm ci` ends with "Missing: … from lock file".
  it('holds every dependency of every package, the optional ones of other platforms included', () => {
    const missing = locked.flatMap(([path, { dependencies = {}, optionalDependencies = {} }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !isLocked(name, path, packages))
        .map((name) => `${name}, of ${path}`),
    )
    expect(missing).toEqual([])
  })

  it('names no registry, and has a checksum for every package', () => {
    expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
    expect(locked.filter(([, { integrity }]) => integrity === undefined)).toEqual([])
  })
})
