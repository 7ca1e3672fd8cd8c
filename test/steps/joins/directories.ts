import { directories } from '../../../src/steps/directories/index.ts'
import type { Joined } from '../contract.ts'

export const joined: Joined = {
  kind: directories,
  cases: [
    {
      name: 'some missing with what is above them',
      inside: true,
      fields: {
        paths: ['/srv/app/data/deep', '/srv/app/logs', '/srv/there/more'],
        mode: '0750',
        owner: 'daemon',
      },
      arrange: 'mkdir -p /srv/there && touch /srv/there/file && chmod 711 /srv/there',
    },
    {
      name: 'all there',
      fields: { paths: ['/srv/a b/it is'] },
      arrange: 'mkdir -p "/srv/a b/it is"',
    },
  ],
}
