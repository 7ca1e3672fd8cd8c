import { move } from '../../../src/steps/move/index.ts'
import type { Joined } from '../contract.ts'

export const joined: Joined = {
  kind: move,
  cases: [
    {
      name: 'a directory with all that is in it',
      fields: { from: '/srv/build dir', to: '/srv/live' },
      arrange: `mkdir -p '/srv/build dir/sub'; cd '/srv/build dir'; printf one > .env; ln .env sub/hard; ln -s nowhere soft; chown -R 12:34 .; chmod 2751 .; touch -d 2020-01-02 .env .`,
      inside: true,
    },
    {
      name: 'one that a stopped container mounts',
      fields: { from: '/srv/build', to: '/srv/live', boundContainers: 'stopped' },
      arrange: `mkdir -p /srv/build/conf; docker create --name old -v /srv/build/conf:/x testbed/nginx:1 > /dev/null`,
    },
    {
      name: 'one that a held container runs with',
      fields: { from: '/srv/build', to: '/srv/live', boundContainers: 'held' },
      arrange: `mkdir -p /srv/build/conf; docker run -d --name old -v /srv/build/conf:/x testbed/nginx:1 > /dev/null`,
    },
  ],
}
