import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { imagePull } from '../../../src/steps/image-pull/index.ts'
import { REGISTRY, registryScript } from '../../../testbed/registry.ts'
import type { Joined } from '../contract.ts'
import { FORGET_IMAGES } from './image-build.ts'

const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** An image of one empty layer, with the same digest in every test: its reference, and a script that puts it into the registry. */
export function servedImage(architecture: string) {
  const [archive, type] = [Buffer.alloc(1024), 'application/vnd.docker']
  const layer = gzipSync(archive)
  const config = Buffer.from(
    JSON.stringify({
      ...{ architecture, os: 'linux', config: {} },
      rootfs: { type: 'layers', diff_ids: [digestOf(archive)] },
    }),
  )
  const described = (mediaType: string, bytes: Buffer) => ({
    ...{ mediaType, size: bytes.length, digest: digestOf(bytes) },
  })
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${type}.distribution.manifest.v2+json`,
      config: described(`${type}.container.image.v1+json`, config),
      layers: [described(`${type}.image.rootfs.diff.tar.gzip`, layer)],
    }),
  )
  const url = `http://${REGISTRY}/v2/team/shop`
  const put = (bytes: Buffer) => `
place=$(curl -s -D - -o /dev/null -X POST ${url}/blobs/uploads/ | tr -d '\\r' | sed -n 's/^Location: //p')
echo ${bytes.toString('base64')} | base64 -d | curl -sf -X PUT -H 'Content-Type: application/octet-stream' --data-binary @- "$place&digest=${digestOf(bytes)}"`
  const script = `${put(layer)}${put(config)}
echo ${manifest.toString('base64')} | base64 -d | curl -sf -X PUT -H 'Content-Type: ${type}.distribution.manifest.v2+json' --data-binary @- ${url}/manifests/1`
  return { ref: `${REGISTRY}/team/shop@${digestOf(manifest)}`, script }
}

const { ref, script } = servedImage('amd64')

export const joined: Joined = {
  kind: imagePull,
  cases: [
    {
      name: 'by its digest',
      fields: { image: ref },
      arrange: `${FORGET_IMAGES}
docker image inspect --format x ${ref} > /dev/null 2>&1 && docker rmi ${ref} > /dev/null
${registryScript()}${script}`,
      inside: true,
    },
  ],
}
