import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { packageFolder } from '../../src/config.ts'
import { searchAttributes } from '../../src/embedded/search-attributes.ts'

const textOf = (...parts: readonly string[]) => readFileSync(packageFolder(...parts), 'utf8')
const { version } = JSON.parse(textOf('package.json')) as { readonly version: string }

interface Service {
  readonly image: string
  readonly ports?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}
const compose = parse(textOf('docker-compose.temporal.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>
}
const services = Object.entries(compose.services)

describe('docker-compose.temporal.yml', () => {
  it('creates the search attributes that the code has', () => {
    const [, list = ''] =
      /<<'ATTRIBUTES'\n([^]*?)ATTRIBUTES/.exec(textOf('scripts/production/namespace')) ?? []
    const created = list
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
    const inCode = Object.entries(searchAttributes).map(([attribute, { name }]) => [attribute, name])
    expect(created.toSorted()).toEqual(inCode.toSorted())
  })

  it('runs this version of reinstate, and the tools of its server', () => {
    expect(compose.services['worker']?.image).toBe(`reinstate:${version}`)
    const tagOf = (service: string) => compose.services[service]?.image.split(':')[1]
    expect([tagOf('schema'), tagOf('namespace')]).toEqual([tagOf('server'), tagOf('server')])
  })

  it.each(services)('publishes no port of %s beyond this machine', (_, { ports = [] }) => {
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
  })

  it.each(services)('has no password in the environment of %s', (_, { environment = {} }) => {
    const open = Object.keys(environment).filter(
      (name) => /PASSWORD|PWD/.test(name) && !name.endsWith('_FILE'),
    )
    expect(open).toEqual([])
  })
})

describe('scripts/temporal-certificates', () => {
  let folder: string
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'reinstate-certificates-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  const make = (...names: readonly string[]) =>
    execFileSync('sh', [packageFolder('scripts', 'temporal-certificates'), folder, ...names], {
      encoding: 'utf8',
    })
  const read = (...parts: readonly string[]) => readFileSync(join(folder, ...parts), 'utf8')
  const certificate = (role: string) => new X509Certificate(read(role, 'certificate.pem'))
  const roles = ['server', 'worker', 'ui', 'operator']

  it('makes one for each role by one authority, with keys that only their owner reads', () => {
    make()
    const authority = new X509Certificate(read('authority', 'ca.pem'))
    expect(authority.ca).toBe(true)
    for (const role of roles) {
      expect(certificate(role).verify(authority.publicKey), role).toBe(true)
      expect(certificate(role).subject).toContain(`CN=${role}`)
      expect(certificate(role).ca).toBe(false)
      expect((statSync(join(folder, role, 'key.pem')).mode & 0o777).toString(8), role).toBe('600')
      expect((statSync(join(folder, role)).mode & 0o777).toString(8), role).toBe('700')
    }
    expect((statSync(join(folder, 'authority', 'ca.key')).mode & 0o777).toString(8)).toBe('600')
    const days = (Date.parse(certificate('worker').validTo) - Date.now()) / 86_400_000
    expect(Math.round(days)).toBe(365)
  })

  it('changes nothing, and says nothing, when it runs again', () => {
    make()
    const before = roles.map((role) => read(role, 'key.pem'))
    expect(make()).toBe('')
    expect(roles.map((role) => read(role, 'key.pem'))).toEqual(before)
  })

  it('gives the server the names of its arguments, and keeps them when it runs without', () => {
    make()
    const worker = certificate('worker').fingerprint256
    expect(make('temporal.example.org', '192.0.2.7')).toMatch(/^made .*\/server\/certificate\.pem\n$/)
    expect(certificate('server').checkHost('temporal.example.org')).toBe('temporal.example.org')
    expect(certificate('server').checkIP('192.0.2.7')).toBe('192.0.2.7')
    expect(certificate('server').checkHost('server')).toBe('server')
    expect(certificate('worker').fingerprint256).toBe(worker)
    expect(make()).toBe('')
  })

  it('renews a certificate that ends within 30 days, by the same authority', () => {
    make()
    const [authority, worker] = [read('authority', 'ca.pem'), certificate('worker').fingerprint256]
    const sign = (days: number) =>
      execFileSync(
        'sh',
        [
          '-c',
          `openssl req -new -key ui/key.pem -subj /CN=ui | openssl x509 -req -CA authority/ca.pem -CAkey authority/ca.key -set_serial 7 -days ${days} -out ui/certificate.pem`,
        ],
        { cwd: folder, stdio: 'ignore' },
      )
    sign(31)
    expect(make()).toBe('')
    sign(29)
    expect(make()).toMatch(/^made .*\/ui\/certificate\.pem\n$/)
    expect(Date.parse(certificate('ui').validTo)).toBeGreaterThan(Date.now() + 300 * 86_400_000)
    expect(read('authority', 'ca.pem')).toBe(authority)
    expect(certificate('worker').fingerprint256).toBe(worker)
  })

  it('makes all certificates anew for a new authority', () => {
    make()
    rmSync(join(folder, 'authority'), { recursive: true })
    make()
    const authority = new X509Certificate(read('authority', 'ca.pem'))
    for (const role of roles) {
      expect(certificate(role).verify(authority.publicKey), role).toBe(true)
      expect(read(role, 'ca.pem')).toBe(read('authority', 'ca.pem'))
    }
  })

  it('refuses an authority that would end before what it signs', () => {
    make()
    writeFileSync(
      join(folder, 'authority', 'ca.pem'),
      execFileSync('openssl', [
        'req',
        '-x509',
        '-key',
        join(folder, 'authority', 'ca.key'),
        '-days',
        '300',
        '-subj',
        '/CN=short',
      ]),
    )
    expect(() => make()).toThrow(/ends within a year/)
  })
})
