import { createHash } from 'node:crypto'
import { writeArchive } from '../../../src/fields/archive.ts'
import { imageBuild } from '../../../src/steps/image-build/index.ts'
import type { Joined } from '../contract.ts'

/** A folder of the plan as the activities hand it over. */
export function planFolder(files: Readonly<Record<string, string>>) {
  const archive = Buffer.from(
    writeArchive(
      Object.entries(files).map(([path, text]) => ({
        path,
        isExecutable: false,
        bytes: Buffer.from(text),
      })),
    ),
  )
  const sha256 = createHash('sha256').update(archive).digest('hex')
  return { name: 'app', sha256, base64: archive.toString('base64') }
}

export const DOCKERFILE = `FROM testbed/nginx:1 AS build
COPY page.html /built/page.html
FROM testbed/nginx:1
COPY --from=build /built /built
RUN echo ready > /ready
USER 10001
HEALTHCHECK CMD true
`

export const app = { Dockerfile: DOCKERFILE, 'page.html': 'hello\n' }

/** Removes the images that these tests make; the build cache stays. */
export const FORGET_IMAGES = `
docker ps -aq | xargs -r docker rm -fv > /dev/null
docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -E '^(shop:|127.0.0.1:5000/|reinstate-kept/)' | xargs -r docker rmi -f > /dev/null
docker image prune -f > /dev/null`

/** Gives the tag to another image. */
export const OTHER_IMAGE = `printf 'FROM testbed/nginx:1\\nLABEL other=yes\\n' | docker build -q -t shop:1 - > /dev/null`

const fields = {
  context: planFolder(app),
  tag: 'shop:1',
  network: 'none',
  expect: { user: '10001', healthcheck: true, maxMegabytes: 200, without: ['curl'] },
}

export const joined: Joined = {
  kind: imageBuild,
  cases: [
    { name: 'new', fields, arrange: FORGET_IMAGES },
    {
      name: 'in place of another image',
      fields,
      arrange: `${FORGET_IMAGES}\n${OTHER_IMAGE}`,
      inside: true,
    },
    {
      name: 'one stage, with an argument',
      fields: { ...fields, target: 'build', args: { VERSION: "it's" }, expect: {} },
      arrange: FORGET_IMAGES,
    },
  ],
}
