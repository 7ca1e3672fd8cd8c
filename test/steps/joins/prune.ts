import { prune } from '../../../src/steps/prune/index.ts'
import type { Joined } from '../contract.ts'
import { WRITTEN } from '../written-after.ts'

/** A stopped project with its own images, a named network, and a running neighbour. */
export const oldThings = `
printf 'FROM testbed/nginx:1\\nLABEL com.docker.compose.project=old\\nENV OLD=1\\n' | DOCKER_BUILDKIT=0 docker build -q -t old/web:1 - > /dev/null
docker tag old/web:1 old/web:latest
docker network create --label com.docker.compose.project=old --label a=b --subnet 10.99.7.0/24 --internal old_inner > /dev/null
docker create --name old-web-1 --label com.docker.compose.project=old -e SECRET=x testbed/nginx:1 > /dev/null
docker run -d --name neighbour testbed/nginx:1 > /dev/null`

export const forgetOldThings = `
docker ps -aq | xargs -r docker rm -f > /dev/null
docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -E '^(old/|reinstate-kept/)' | xargs -r docker rmi -f > /dev/null || :`

export const joined: Joined = {
  kind: prune,
  cases: [
    {
      name: 'images and networks',
      fields: { images: { projects: ['old'] }, networks: { names: ['old_inner'] } },
      arrange: `${forgetOldThings}\n${oldThings}`,
      inside: true,
    },
    {
      name: 'a stopped container',
      fields: { containers: { projects: ['old'] } },
      arrange: `${forgetOldThings}\n${oldThings}`,
      inside: true,
    },
    { name: 'the build cache', fields: { buildCache: true }, arrange: 'true' },
  ],
  written: {
    fields: { containers: { projects: ['old'] } },
    arrange: `${forgetOldThings}
docker run --name old-web-1 --label com.docker.compose.project=old --entrypoint sh testbed/nginx:1 -c 'echo ${WRITTEN} > /orders.txt'`,
    places: [{ name: 'the layer of a container, before the step', write: ':' }],
  },
}
