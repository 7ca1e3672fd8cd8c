import { quarantine } from '../../../src/steps/quarantine/index.ts'
import type { Joined } from '../contract.ts'

export const joined: Joined = {
  kind: quarantine,
  cases: [
    {
      name: 'some there and one not',
      fields: {
        paths: ['/srv/old stack', '/srv/never was', '/home/legacy/app', '/srv/file'],
        protect: ['/backup'],
      },
      arrange: `rm -rf /home/legacy; mkdir -p '/srv/old stack/sub' /home/legacy/app /srv/neighbour
cd '/srv/old stack'; printf one > .env; ln -s ../sub/x soft; ln -s . self; chown -R 12:34 .; chmod 2751 .
printf two > /srv/file; chmod 640 /srv/file; touch -d 2020-01-02 /srv/file`,
      inside: true,
    },
    { name: 'none there', fields: { paths: ['/srv/a', '/srv/b'] }, arrange: 'true' },
  ],
}
