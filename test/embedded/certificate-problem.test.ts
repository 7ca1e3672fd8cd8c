import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import type { Http2SecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { certificateProblem } from '../../src/embedded/certificate-problem.ts'

const OPENSSL_CA = `[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
default_md = sha256
policy = names
copy_extensions = copy
rand_serial = yes
[names]
commonName = supplied
`
const EXPIRE = `: >index.txt
for role in server operator; do
  mkdir expired-$role
  cp $role/key.pem expired-$role/
  openssl req -new -key $role/key.pem -subj /CN=$role -addext "subjectAltName = $(cat $role/names)" |
    openssl ca -batch -notext -config ca.conf -keyfile authority/ca.key -cert authority/ca.pem -in /dev/stdin \\
      -startdate 20240101000000Z -enddate 20250101000000Z -out expired-$role/certificate.pem
done`

let folder: string
const servers: Http2SecureServer[] = []
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reinstate-certificates-'))
  const make = [packageFolder('scripts', 'temporal-certificates')]
  execFileSync('sh', [...make, folder], { stdio: 'ignore' })
  execFileSync('sh', [...make, join(folder, 'other')], { stdio: 'ignore' })
  writeFileSync(join(folder, 'ca.conf'), OPENSSL_CA)
  execFileSync('sh', ['-ec', EXPIRE], { cwd: folder, stdio: 'ignore' })
})
afterAll(() => {
  for (const server of servers) server.close()
  rmSync(folder, { recursive: true })
})

const file = (...parts: readonly string[]) => readFileSync(join(folder, ...parts))

/** A server that lets in who has a certificate of the authority, as Temporal's does. */
async function serve(role: string): Promise<string> {
  const server = createSecureServer({
    ...{ cert: file(role, 'certificate.pem'), key: file(role, 'key.pem') },
    ...{ ca: file('authority', 'ca.pem'), requestCert: true, rejectUnauthorized: true },
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `localhost:${(server.address() as AddressInfo).port}`
}

const problem = async (server: string, client: string) =>
  await certificateProblem({
    address: await serve(server),
    tls: {
      serverRootCACertificate: file('authority', 'ca.pem'),
      clientCertPair: { crt: file(client, 'certificate.pem'), key: file(client, 'key.pem') },
    },
  })

describe('certificateProblem', () => {
  it('finds none where both certificates are accepted, and without TLS', async () => {
    expect(await problem('server', 'operator')).toBeUndefined()
    expect(await certificateProblem({ address: 'localhost:1' })).toBeUndefined()
  })

  it('names the expired certificate of the client or of the server', async () => {
    expect(await problem('server', 'expired-operator')).toMatch(/of this client has expired: Jan +1 .* 2025/)
    expect(await problem('expired-server', 'operator')).toBe('the certificate of the server has expired')
  })

  it('tells of a client or a server of another authority', async () => {
    expect(await problem('server', 'other/operator')).toMatch(
      /unknown ca|may not accept the certificate of this client/,
    )
    expect(await problem('other/server', 'operator')).toMatch(
      /certificate signature failure|unable to verify/,
    )
  })
})
