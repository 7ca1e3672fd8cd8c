import { redisAudit } from '../../../src/steps/redis-audit/index.ts'
import type { Joined } from '../contract.ts'

/**
 * A data directory of Redis in /backup/shop/cache, with a log of every write and a snapshot of before the last ones, and a
 * copy of it in the volume fresh-cache. Made once to a test host, and kept where no test looks.
 */
export const restoredRedis = `
made() {
docker run -d --name source -v source:/data testbed/redis:8 --appendonly yes --save "" > /dev/null
until [ "$(docker exec source redis-cli ping 2>&1)" = PONG ]; do sleep 0.1; done
docker exec -i source redis-cli > /dev/null <<'END'
set plain text
set "binary \\x00\\xff" "\\x01\\x02"
rpush list one two three
hset hash a 1 b 2
sadd set x y z
zadd ranking 1.5 first 2 second
xadd stream 1-1 event created
set session token EX 86400
set short token PX 1
select 3
set other database
save
select 0
set last write
END
docker stop -t 60 source > /dev/null
cp -a "$(docker volume inspect --format '{{.Mountpoint}}' source)" /var/tmp/redis
docker rm source > /dev/null; docker volume rm source > /dev/null
}
[ -d /var/tmp/redis ] || made
mkdir -p /backup/shop
cp -a /var/tmp/redis /backup/shop/cache
docker volume create fresh-cache > /dev/null
cp -a /backup/shop/cache/. "$(docker volume inspect --format '{{.Mountpoint}}' fresh-cache)/"`

export const audited = { backup: '/backup/shop/cache', image: 'testbed/redis:8', volume: 'fresh-cache' }

export const joined: Joined = {
  kind: redisAudit,
  cases: [{ name: 'a restored volume of Redis', fields: audited, arrange: restoredRedis }],
}
