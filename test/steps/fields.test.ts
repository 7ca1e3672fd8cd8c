import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { absolutePath, writtenPath } from '../../src/fields/absolute-path.ts'
import { environment } from '../../src/fields/environment.ts'
import { isMetadata } from '../../src/fields/metadata-address.ts'
import { fileMode } from '../../src/fields/file-mode.ts'
import { owner, projectName, serviceName, volumeName } from '../../src/fields/names.ts'
import { count, port } from '../../src/fields/numbers.ts'
import { resolveTo, url } from '../../src/fields/url.ts'
import { Secret } from '../../src/shell/secret.ts'
import { textFile } from '../../src/shell/shell-file.ts'

const refusals = (
  schema: { safeParse: (value: unknown) => { success: boolean } },
  values: readonly unknown[],
) => expect(values.filter((value) => schema.safeParse(value).success)).toEqual([])
const takes = (schema: { safeParse: (value: unknown) => { success: boolean } }, values: readonly unknown[]) =>
  expect(values.filter((value) => !schema.safeParse(value).success)).toEqual([])

describe('absolutePath, writtenPath', () => {
  it('refuse paths that are never meant, for reading and writing', () => {
    const wrong = [
      ...['', 'srv/app', './app', '/', '/etc', '/root', '/home', '/var/lib/docker', '/var/lib', '/usr/bin'],
      ...['/srv/../etc', '/srv//app', '/srv/app/.', '/srv/./app', '/srv/app/', '//etc', '/..'],
      ...['/srv/*', '/srv/a?', '/srv/[ab]', '/srv/{a,b}', '/srv/$HOME', '~/app', '/srv/`id`', '/srv/a\\b'],
      ...['/srv/a\nb', '/srv/a\u0000b', '/srv/\u007f', `/srv/${'x'.repeat(300)}`],
    ]
    refusals(absolutePath, wrong)
    refusals(writtenPath, wrong)
  })
  it('refuse to write directly under the root or in a system tree', () => {
    refusals(writtenPath, [
      '/backup',
      '/data',
      '/var/lib/docker/volumes/x',
      '/proc/sys/vm',
      '/dev/sda',
      '/var/lib/reinstate/runs',
    ])
    takes(absolutePath, ['/backup', '/var/lib/docker/volumes/x/_data'])
  })
  it('accept ordinary paths', () => {
    takes(writtenPath, [
      '/srv/app',
      "/srv/it's here/ümläut",
      '/etc/caddy/Caddyfile',
      '/root/build/.env',
      '/srv/a..b',
    ])
  })
})

describe('names', () => {
  it('never start like an option and hold no shell', () => {
    const wrong = ['', '-x', 'a b', 'a;b', 'a\nb', '$(id)', '../x', 'a/b']
    for (const schema of [volumeName, projectName, serviceName, owner]) refusals(schema, wrong)
    refusals(volumeName, ['x', 'a'.repeat(64)])
    refusals(projectName, ['Book', '_book'])
    takes(volumeName, ['vividwalls_n8n_db', 'a.b-c'])
    takes(serviceName, ['supabase-db', 'Web_1'])
  })
  it('of owners have the group of the same name by default', () => {
    expect(owner.parse('postgres')).toEqual({ user: 'postgres', group: 'postgres' })
    expect(owner.parse('1000:33')).toEqual({ user: '1000', group: '33' })
  })
})

describe('values', () => {
  it('of modes are quoted octal digits', () => {
    expect(['0644', '755', '0000', '0040'].map((text) => fileMode.parse(text))).toEqual([
      '644',
      '755',
      '0',
      '40',
    ])
    refusals(fileMode, [644, 0o644, '0o644', '888', '06444', 'rw-r--r--', ''])
  })
  it('of URLs hold no password and no metadata address', () => {
    refusals(url, [
      ...['ftp://a', 'file:///etc/passwd', 'a', 'http://u:p@a/', 'http://u@a/', 'http://a b/', 'http://a/\n'],
      ...[
        'http://169.254.169.254/latest',
        'http://2852039166/',
        'http://0xa9fea9fe/',
        'http://[::ffff:169.254.169.254]/',
      ],
      ...[
        'http://metadata.google.internal/',
        'http://metadata.google.internal./',
        'http://[fd00:ec2::254]/',
        'http://100.100.100.200/',
      ],
    ])
    takes(url, ['http://127.0.0.1:8080/health', 'https://n8n.example.org/a?b=c', 'http://[::1]:8080/'])
    refusals(resolveTo, ['a:80', 'a:80:', 'a:80:b', 'a:80:169.254.169.254', 'a:80:1.2.3.4\n'])
    takes(resolveTo, ['n8n.example.org:443:127.0.0.1', 'a:80:[::1]'])
  })
  it('of variables may be secrets', () => {
    takes(environment, [{ A: 'text', B_2: new Secret('x') }])
    refusals(environment, [
      { '1A': 'x' },
      { 'A B': 'x' },
      { 'A=B': 'x' },
      { A: 'x\u0000y' },
      { A: 5 },
      { 'A\n': 'x' },
    ])
  })
  it('of numbers are in range', () => {
    refusals(port, [0, 65_536, 1.5, '80'])
    refusals(count, [0, -1, 1.5])
  })
})

describe('metadata addresses', () => {
  // As getent prints them.
  const metadata = [
    ...['169.254.169.254', '169.254.0.1', '100.100.100.200', '192.0.0.192', '168.63.129.16'],
    ...['fd00:ec2::254', 'fd20:ce::254', '::ffff:169.254.169.254', '::169.254.169.254', 'fe80::a9fe:a9fe'],
    ...[
      '64:ff9b::a9fe:a9fe',
      '64:ff9b:1::a9fe:a9fe',
      '64:ff9b::6464:64c8',
      '64:ff9b::c000:c0',
      '64:ff9b::a83f:8110',
    ],
    ...['2002:a9fe:a9fe::', '2002:6464:64c8::', '2002:c000:c0::', '2002:a83f:8110::', 'fe80::c000:c0'],
  ]
  const others = [
    ...['127.0.0.1', '10.169.254.1', '169.253.169.254', '100.100.100.20', '192.0.0.19', '192.168.63.129'],
    ...['::1', 'fd00:ec3::254', '2001:db8::a9fe:a9fe', 'fe80::1', '64:ff9b::a00:1', '2002:a00:1::'],
  ]
  it('are the same for plans and for the script of http-probe', () => {
    const [function_] = /^is_metadata\(\) \{[\s\S]*?^\}/m.exec(textFile('shared/pinned-host.sh')) ?? []
    const script = `${function_}\nfor address; do ! is_metadata "$address" || echo "$address"; done`
    const found = execFileSync('sh', ['-c', script, 'sh', ...metadata, ...others], { encoding: 'utf8' })
    expect(found.trim().split('\n')).toEqual(metadata)
    expect([...metadata, ...others].filter(isMetadata)).toEqual(metadata)
  })
})
