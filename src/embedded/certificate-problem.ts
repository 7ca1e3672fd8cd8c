import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { connect } from 'node:tls'
import type { ConnectionOptions } from '@temporalio/client'

const WITHIN_MS = 3000

/**
 * Why the certificates of a connection are refused: the client of Temporal only says that it could not connect in time.
 * Undefined if they are accepted, if nothing answers within 3 seconds, and without TLS.
 */
export async function certificateProblem({ address, tls }: ConnectionOptions): Promise<string | undefined> {
  if (typeof tls !== 'object' || tls === null) return undefined
  const { clientCertPair: own, serverRootCACertificate: ca, serverNameOverride } = tls
  const ended = own && new X509Certificate(own.crt).validTo
  if (ended && Date.parse(ended) < Date.now()) return `the certificate of this client has expired: ${ended}`

  const { hostname, port } = new URL(`tcp://${address}`)
  const host = hostname.replace(/^\[|\]$/g, '')
  const socket = connect({
    ...{ host, port: Number(port || 7233), servername: serverNameOverride ?? (isIP(host) ? '' : host) },
    ...{ ca: buffer(ca), cert: buffer(own?.crt), key: buffer(own?.key) },
    ...{ ALPNProtocols: ['h2'], timeout: WITHIN_MS },
  })
  return await new Promise((resolve) => {
    const end = (problem?: string) => {
      socket.destroy()
      resolve(problem)
    }
    // The server speaks first once it has accepted the certificate of the client.
    socket.once('data', () => end())
    socket.once('timeout', () => end())
    socket.once('close', () =>
      end('the server closed the connection; it may not accept the certificate of this client'),
    )
    socket.once('error', ({ message, code, reason }: NodeJS.ErrnoException & { readonly reason?: string }) =>
      end(code === 'CERT_HAS_EXPIRED' ? 'the certificate of the server has expired' : (reason ?? message)),
    )
  })
}

function buffer(bytes: Uint8Array | undefined): Buffer | undefined {
  return bytes && Buffer.from(bytes)
}
