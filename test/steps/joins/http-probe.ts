import { httpProbe } from '../../../src/steps/http-probe/index.ts'
import type { Joined } from '../contract.ts'

export const webServer = 'docker run -d --name web -p 18080:80 testbed/nginx:1 > /dev/null'

export const joined: Joined = {
  kind: httpProbe,
  cases: [
    {
      name: 'a page',
      fields: {
        url: 'http://shop.example.org:18080/',
        resolve: 'shop.example.org:18080:127.0.0.1',
        bodyContains: '<h1>nginx',
        header: { 'content-type': 'text/html' },
        passes: 2,
        everySeconds: 1,
        within: '20 seconds',
      },
      arrange: webServer,
    },
  ],
}
