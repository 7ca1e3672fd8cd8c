import { fileCopy } from '../../../src/steps/file-copy/index.ts'
import type { Joined } from '../contract.ts'
import { awkwardTree } from './volume-restore.ts'

const fields = { from: '/backup/tree', to: "/srv/it's a copy" }

export const joined: Joined = {
  kind: fileCopy,
  cases: [
    { name: 'into a path that is not there', fields, arrange: awkwardTree },
    {
      name: 'into an empty directory',
      fields,
      arrange: `${awkwardTree}\nmkdir -m 711 "/srv/it's a copy"; chown 7:8 "/srv/it's a copy"`,
      inside: true,
    },
    {
      name: 'adding to what is there',
      fields: { ...fields, into: 'existing' },
      arrange: `${awkwardTree}
mkdir -p -m 711 "/srv/it's a copy/sub" && cd "/srv/it's a copy" && cp -p /backup/tree/file . && ln file sub/hard && touch mine && chown 7:8 sub .
touch -d 2020-01-02 sub`,
      inside: true,
    },
    {
      name: 'with nothing missing',
      fields: { ...fields, into: 'existing' },
      arrange: `${awkwardTree}\ncp -a /backup/tree "/srv/it's a copy"; touch "/srv/it's a copy/mine"`,
    },
  ],
}
