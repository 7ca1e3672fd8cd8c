import { archiveRestore } from '../../../src/steps/archive-restore/index.ts'
import type { Joined } from '../contract.ts'
import { WRITTEN } from '../written-after.ts'

/** A tree with all that an archive gets wrong, in /backup/made/shop_db: names, links, modes, owners, times. */
export const tree = String.raw`set -e
mkdir -p /backup/made/shop_db/sub '/backup/made/shop_db/sp ace' /backup/made/shop_db/empty /backup/made/shop_web
cd /backup/made/shop_db
printf one > file; printf two > "$(printf 'new\nline')"; printf three > "$(printf 'not\377utf8')"; printf four > 'it"s \ quoted'; printf five > 'ümlaut -> x'
ln file sub/hard; ln -s ../file sub/soft; ln -s nowhere sub/broken; printf dot > .hidden; : > nothing; printf dash > ./-dash; printf star > 'a*[b]'
head -c 3000000 /dev/zero | tr '\0' x > big; chmod 4751 big; chown 1234:4321 sub file; chmod 700 /backup/made/shop_db
touch -d '2020-02-29 12:34:56.789' big; touch -hd '2019-01-01' sub/soft; touch -d '2018-05-05' sub
echo page > /backup/made/shop_web/index.html
cd /`

export const joined: Joined = {
  kind: archiveRestore,
  cases: [
    {
      name: 'one directory of an archive',
      fields: { archive: '/backup/all.tar.gz', from: 'made/shop_db', volume: 'fresh' },
      arrange: `${tree}; tar -C /backup -czf /backup/all.tar.gz made; rm -r /backup/made`,
      inside: true,
    },
    {
      name: 'a volume and a directory of one archive',
      fields: {
        archive: '/backup/all.tar.zst',
        members: [
          { from: '*/shop_db', volume: 'fresh' },
          { from: 'made/shop_web', path: '/srv/app/web' },
        ],
      },
      arrange: `mkdir -p /srv/app; ${tree}; tar -C /backup --zstd -cf /backup/all.tar.zst ./made; rm -r /backup/made`,
    },
  ],
  written: {
    fields: { archive: '/backup/all.tar.gz', from: 'made/shop_db', volume: 'fresh' },
    arrange: `docker volume rm -f fresh > /dev/null; ${tree}; tar -C /backup -czf /backup/all.tar.gz made; rm -r /backup/made`,
    places: [
      {
        name: 'a file of the archive',
        write: `echo ${WRITTEN} >> /var/lib/docker/volumes/fresh/_data/.hidden`,
      },
      {
        name: 'a file that did not exist',
        write: `echo ${WRITTEN} > /var/lib/docker/volumes/fresh/_data/sub/note`,
      },
    ],
  },
}
