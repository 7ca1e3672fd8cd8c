import { volumeRestore } from '../../../src/steps/volume-restore/index.ts'
import type { Joined } from '../contract.ts'

/** A tree with all that a copy gets wrong: names, links, modes, owners. */
export const awkwardTree = `
mkdir -p /backup/tree/sub '/backup/tree/sp ace' /backup/tree/empty
cd /backup/tree
printf one > file; printf two > "$(printf 'new\\nline')"; printf three > "$(printf 'not\\377utf8')"; printf four > "it's \\"quoted\\""
ln file sub/hard; ln -s ../file sub/soft; ln -s nowhere sub/broken; mkfifo pipe; printf dot > .hidden
head -c 3000000 /dev/zero | tr '\\0' x > big; chmod 4751 big; chown 1234:4321 sub file; chmod 700 /backup/tree`

export const joined: Joined = {
  kind: volumeRestore,
  cases: [
    {
      name: 'names and links of every sort',
      inside: true,
      fields: { from: '/backup/tree', volume: 'fresh' },
      arrange: awkwardTree,
    },
    {
      name: 'into a directory',
      fields: { from: '/backup/tree', path: "/srv/app/it's data" },
      arrange: `mkdir -p /srv/app; chmod 711 /srv/app; ${awkwardTree}`,
      inside: true,
    },
    {
      name: 'prestaged, of a source in use',
      fields: { from: '/backup/tree', volume: 'fresh', prestage: true },
      arrange: `${awkwardTree}; docker run -d --name writer -v /backup/tree:/x testbed/nginx:1 > /dev/null`,
    },
    {
      name: 'several that belong together',
      fields: {
        members: [
          { from: '/backup/tree', volume: 'fresh' },
          { from: '/backup/tree/sub', path: '/srv/app/sub' },
        ],
      },
      arrange: `mkdir -p /srv/app; ${awkwardTree}`,
    },
    {
      name: 'a database',
      fields: { from: '/backup/guestbook/db', volume: 'fresh' },
      arrange: 'tar -C /backup -xf /opt/guestbook/backup.tar',
    },
  ],
}
