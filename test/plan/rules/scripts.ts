/** Scripts by rule: those that it must find, and similar ones that it must not. */
export const scripts: Readonly<
  Record<
    string,
    {
      readonly field?: 'script' | 'verify'
      readonly wrong: readonly string[]
      /** Found only by tracing a value through the text of the script: a warning, whatever the rule. */
      readonly warned?: readonly string[]
      readonly right: readonly string[]
    }
  >
> = {
  // A permanent deletion without a gate.
  R001: {
    wrong: [
      `psql -c 'drop database shop'`,
      `docker exec db psql -U shop -c "drop schema public cascade"`,
      `psql -c 'drop table if exists orders'`,
      `psql -c 'truncate users'`,
      `psql -c "delete from users"`,
      `psql <<SQL
delete from users;
SQL`,
      `psql -c 'alter table users drop column name'`,
      `mysql -e 'drop database shop'`,
      `dropdb shop`,
      `redis-cli flushall`,
      `mkfs.ext4 /dev/sdb1`,
      `wipefs -a /dev/sdb`,
      `dd if=/dev/zero of=/dev/sda`,
      `find /srv/shop -name '*.bak' -delete`,
      `find /srv/shop -mtime +3 -exec rm -rf {} +`,
      `rm -rf /srv/shop`,
      `sudo timeout 60 rm -r -- /srv/shop`,
      `sh -c 'rm -rf /srv/shop'`,
      `bash <<'END'
rm -rf /srv/shop
END`,
      `sudo sh -s <<END && echo done
docker volume rm shop_db
END`,
      `rm /srv/shop/app.db`,
      `rm -f -- "/backup/"*.sql`,
      `cp /backup/app.db /srv/shop/app.db && rm -f /backup/app.db`,
      `unlink /srv/shop/app.db`,
      `truncate -s 0 /srv/shop/app.db`,
      `docker rmi shop-web:1`,
      `docker image rm -f shop-web:1 shop-api:1`,
      `docker rm -f shop-web-1`,
      `docker container rm shop-web-1`,
      `docker volume rm shop_db`,
      `docker compose -p shop down`,
      `docker compose -p shop rm -f web`,
      `docker run --rm -v shop_db:/d alpine rm -rf /d/base`,
    ],
    warned: [
      `rm -rf "$dir"`,
      `dir=/srv/shop; rm -rf "$dir"`,
      `psql -c "drop table $TABLE"`,
      'docker rm -f `cat /srv/id`',
    ],
    right: [
      `work=$(mktemp -d); tar -C "$work" -xf /backup/a.tar; rm -rf "$work"`,
      `rm -rf /tmp/unpacked`,
      `cat <<END
rm -rf /srv/shop
END`,
      `docker exec -i web sh <<END
rm -rf /var/cache/nginx/x
END`,
      `rm -f /tmp/answer.json /run/shop.pid`,
      `pg_dump shop > /srv/shop.sql; psql -d shop_new < /srv/shop.sql; rm /srv/shop.sql`,
      `tar -cf /srv/shop.tar -C /srv shop; rm -f /srv/shop.tar`,
      `truncate -s 1G /srv/swapfile`,
      `out=/tmp/shop.json; curl -fsS http://127.0.0.1/ > "$out"; rm "$out"`,
      `docker pull alpine:3; docker run --rm alpine:3 true; docker rmi alpine:3`,
      `find /tmp/unpacked -delete`,
      `dd if=/dev/zero of=/srv/swapfile bs=1M count=64`,
      `docker run --name probe -d nginx; docker rm -f probe`,
      `c=$(docker create nginx); docker cp "$c":/etc/nginx /srv/shop/nginx; docker rm "$c"`,
      `psql -c 'create temp table t (id bigint); drop table t'`,
      `psql -c 'drop index if exists orders_by_day'`,
      `psql -c "delete from sessions where expires_at < now()"`,
      `psql <<SQL
delete from sessions
  where expires_at < now();
SQL`,
      `psql -c "update notes set text = 'drop table'"`,
      `docker exec web rm -rf /var/cache/nginx/x`,
      `echo 'rm -rf /srv/shop'`,
    ],
  },

  // A copy into a volume or a container.
  R007: {
    wrong: [
      `docker run --rm -v shop_db:/d -v /backup:/b alpine cp -a /b/. /d/`,
      `docker run --rm --mount type=volume,source=shop_db,target=/d -v /backup:/b alpine sh -c 'cp -a /b/. /d/'`,
      `docker run --rm -v shop_db:/d -v /backup:/b alpine tar -xf /b/db.tar -C /d`,
      `docker run --rm -v shop_db:/d -v /backup:/b alpine sh -c "cd /d && tar xzf /b/db.tgz"`,
      `cp -t /var/lib/docker/volumes/shop_db/_data /backup/db/PG_VERSION`,
      `cd /var/lib/docker/volumes/shop_db/_data && cp -a /backup/db/. .`,
      `rsync -a /backup/db/ /var/lib/docker/volumes/shop_db/_data/ --delete`,
      `rsync -a /backup/db/ /var/lib/docker/volumes/shop_db/_data/ > /var/log/copy.log 2>&1`,
      `docker container cp /backup/db shop-db-1:/var/lib/postgresql/data`,
      `docker compose -p shop cp /backup/db db:/var/lib/postgresql/data`,
      `dd if=/backup/db.img of=/var/lib/docker/volumes/shop_db/_data/db.img`,
      `cat /backup/dump.rdb > /var/lib/docker/volumes/shop_redis/_data/dump.rdb`,
      `sudo cp -a /backup/db/. /var/lib/docker/volumes/shop_db/_data`,
    ],
    right: [
      `docker run --rm -v shop_db:/d:ro -v /backup:/b alpine cp -a /d/. /b/`,
      `docker run --rm -v shop_db:/d -v /backup:/b alpine tar -cf /b/db.tar -C /d .`,
      `cp -a /var/lib/docker/volumes/shop_db/_data /backup/db`,
      `docker cp shop-db-1:/var/lib/postgresql/data /backup/db`,
      `docker compose -p shop cp db:/var/lib/postgresql/data /backup/db`,
      `cd /srv/shop && cp -a /backup/site/. .`,
    ],
  },

  // No project name.
  R010: {
    wrong: [
      `docker compose exec -T web mkdir -p /x`,
      `docker compose run -p 80:80 web`,
      `docker compose unpause`,
      `docker compose up -d --scale web=2`,
      `docker compose scale web=2`,
      `docker compose cp web:/a /b`,
      `cd /srv/shop && docker compose restart`,
      `sh -c 'docker compose stop'`,
    ],
    right: [
      `docker compose -pshop up -d`,
      `docker compose --project-name=shop exec -T web mkdir -p /x`,
      `env COMPOSE_PROJECT_NAME=shop docker compose stop`,
      `docker compose version`,
      `docker compose ls`,
    ],
  },

  // Every container of the host.
  R012: {
    wrong: [
      `timeout 60 docker stop $(docker ps -q)`,
      `nice -n 5 docker stop $(docker ps -q)`,
      `env A=b docker stop $(docker ps -q)`,
      `sh -c 'docker stop $(docker ps -q)'`,
      `bash -c "docker stop \\$(docker ps -q)"`,
      `sudo -u deploy docker stop $(sudo docker ps -q)`,
      `docker --context far stop $(docker ps -q)`,
      `docker -H unix:///run/docker.sock rm -f $(docker ps -aq)`,
      'docker stop `docker ps -q`',
      `docker stop $(docker ps -q --filter status=running)`,
      `systemctl stop docker`,
      `sudo systemctl restart docker.service`,
      `service docker stop`,
    ],
    warned: [
      `for c in $(docker ps -q); do docker stop $c; done`,
      `ids=$(docker ps -q); docker stop $ids`,
      `docker ps -q | while read c; do docker stop "$c"; done`,
      `docker ps -aq | while IFS= read -r c; do docker rm -f "\${c}"; done`,
      `docker ps -aq | xargs -r -n1 docker rm -f`,
      `docker ps -q | xargs -I{} docker stop {}`,
      `docker ps | awk 'NR > 1 {print $1}' | xargs docker stop`,
      `docker container ls -q | sudo xargs docker container stop`,
      `docker compose ls -q | xargs -n1 -I{} docker compose -p {} down`,
      `for p in $(docker compose ls -q); do docker compose -p $p stop; done`,
    ],
    right: [
      `docker ps -q --filter label=com.docker.compose.project=shop | xargs -r docker stop`,
      `ids=$(docker ps -q --filter name=shop-); docker stop $ids`,
      `for c in $(docker ps -q -f label=com.docker.compose.project=shop); do docker stop $c; done`,
      `docker ps -q; docker stop shop-web-1`,
      `for c in web db; do docker stop shop-$c-1; done; docker ps -q`,
      `docker ps --format '{{.Names}}' | grep '^shop-' | xargs docker stop`,
      `c=$(docker run -d nginx); docker ps -q; docker stop $c`,
      `systemctl status docker`,
      `systemctl stop nginx`,
      `docker ps -q | xargs docker inspect`,
    ],
  },

  // Everything that is currently unused.
  R013: {
    wrong: [
      `sudo sh -c "docker system prune -af"`,
      `docker system prune -af --filter until=24h`,
      `docker image prune -a --filter "until=24h"`,
      `docker rmi $(docker images -q)`,
      `docker image rm -f $(docker image ls -aq)`,
      `docker images -qf dangling=true | xargs docker rmi; docker rmi $(docker images -aq)`,
      `timeout 60 docker container prune -f`,
    ],
    warned: [`docker images -q | xargs -r docker rmi`],
    right: [
      `docker image prune -f --filter label=com.docker.compose.project=shop`,
      `docker image prune -f --filter label=shop --filter until=24h`,
      `docker rmi shop:old`,
      `docker rmi $(docker images -q shop)`,
      `docker builder prune -f`,
    ],
  },

  // A probe that passes for an error response.
  R014: {
    field: 'verify',
    wrong: [
      `curl -s -o /dev/null -w "%{http_code}" http://127.0.0.1/`,
      `docker exec web curl -s http://127.0.0.1/`,
      `timeout 5 curl -s http://127.0.0.1/`,
      `sh -c 'curl -s http://127.0.0.1/'`,
      `curl -s http://127.0.0.1/ | cat`,
      `curl -s http://127.0.0.1/ > /tmp/page`,
      `curl -sfI http://127.0.0.1/`,
    ],
    right: [
      `curl -s http://127.0.0.1/ | grep -q '"rows": 17'`,
      `curl -s http://127.0.0.1/ | jq -e '.rows == 17'`,
      `test "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1/)" = 200`,
      `[ "$(curl -s http://127.0.0.1/rows)" = 17 ]`,
      `curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1/ | grep -qx 200`,
      `docker exec web curl -sSf http://127.0.0.1/`,
      `curl --fail-with-body -s http://127.0.0.1/`,
      `code=$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1/); [ "$code" = 200 ]`,
    ],
  },

  // A secret as an argument.
  R015: {
    wrong: [
      `sh -c 'mysql -p$PW'`,
      `mysql -p"$(echo $PW)"`,
      `env X=$PW foo`,
      `sudo X="$PW" foo`,
      `mysql -phunter2`,
      `mysqldump -u shop -phunter2 shop`,
      `mysql --password hunter2`,
      `mysql --password=hunter2`,
      `curl -u admin:hunter2 http://127.0.0.1/`,
      `curl --user admin:hunter2 http://127.0.0.1/`,
      `docker exec -e PGPASSWORD="$PW" db psql`,
      `redis-cli -a hunter2 ping`,
    ],
    warned: [`X="$PW"; mysql -p"$X"`],
    right: [
      `X="$PW"; printf %s "$X" | foo --password-stdin`,
      `MYSQL_PWD="$PW" mysql -u shop`,
      `docker exec -e PW db psql`,
      `mkdir -p /srv/shop`,
      `psql -p 5432`,
      `mysql --port 3307 -P 3306`,
      `curl -u admin: http://127.0.0.1/`,
      `curl --netrc-file /root/.netrc http://127.0.0.1/`,
      `printf %s "$PW" | docker login --password-stdin`,
      `mysql -p < /srv/a.sql`,
      `psql postgres://shop@db/shop`,
      `psql "postgres://shop:$NAME_OF_FILE@db/shop"`,
    ],
  },

  // A placeholder in SQL.
  R030: {
    wrong: [
      `psql -c 'create table a (id bigint, ...)'`,
      `psql -c 'alter table a add column ...'`,
      `psql -c 'update a set x = ...'`,
      `psql -c 'select * from your_table'`,
      `psql -c 'insert into a values (1, …)'`,
      `psql -c 'select id from a where x = <value>'`,
    ],
    right: [
      `psql -c "update a set note = 'and so on ...'"`,
      `echo working... && psql -c 'select 1'`,
      `psql -c 'select * from your_tables_view2'`,
    ],
  },

  // An index predicate that is not immutable.
  R031: {
    wrong: [
      `psql -c 'create index i on a (id) where t > transaction_timestamp()'`,
      `psql -c 'create index i on a (id) where t > localtime'`,
      `psql -c 'create index i on a (id) where t > current_time'`,
      `psql -c 'create index i on a (id) where owner = current_user'`,
      `psql -c 'create index i on a (id) where age(t) > interval $$1 day$$'`,
      `psql -c 'create index i on a (id) where timeofday() > x'`,
      `psql -c 'create unique index concurrently i on a (id) where t > now()'`,
    ],
    right: [
      `psql -c 'create index i on a (id) where done'
psql -c 'select count(*) from a where t > now()'`,
      `psql -c 'create index i on a (id)'; psql -c 'delete from a where t < now()'`,
      `psql -c 'create index i on a (id) where age > 17'`,
    ],
  },

  // An aggregate in returning.
  R032: {
    wrong: [
      `psql -c 'delete from a where b returning bool_or(x)'`,
      `psql -c 'delete from a where b returning every(x)'`,
      `psql -c 'delete from a where b returning jsonb_object_agg(k, v)'`,
      `psql -c 'delete from a where b returning lower(x), count(*)'`,
    ],
    right: [
      `psql -c 'delete from a where b returning id'
psql -c 'select count(*) from a'`,
      `psql -c 'delete from a where b returning (select count(*) from c)'`,
      `psql -c 'with gone as (delete from a where b returning id) select count(*) from gone'`,
      `psql -c 'delete from a where b returning id'; psql -c 'select max(id) from a'`,
    ],
  },

  // jsonb under a checksum over bytes.
  R033: {
    wrong: [
      `psql -c 'create table a (id bigint, body jsonb, body_md5 text)'`,
      `psql -c 'create table a (id bigint, body jsonb, body_checksum text)'`,
      `psql -c 'create table a (id bigint, body jsonb, fingerprint text)'`,
      `psql -c 'create table a (id bigint, body jsonb, body_crc32 bigint)'`,
      `psql -c 'create table a (id bigint, body jsonb, etag text)'`,
      `psql -c 'select md5(body::text) from messages'
psql -c 'create table messages (id bigint, body jsonb)'`,
      `psql -c 'select md5(body::jsonb::text) from messages'`,
    ],
    right: [
      `psql -c 'select md5(body::text) from messages'
psql -c 'create table messages (id bigint, body text)'`,
      `psql -c 'create table a (id bigint, body jsonb, shadow text)'`,
    ],
  },

  // A load that hides its failure.
  R047: {
    wrong: [
      `gunzip < /backup/shop.sql.gz | psql shop`,
      `gzip -dc /backup/shop.sql.gz | docker exec -i shop-db-1 psql -U shop shop`,
      `zcat /backup/shop.sql.gz | docker compose -p shop exec -T db psql -U shop`,
      `zcat /backup/shop.sql.gz | docker compose -p shop exec -T db sh -c 'psql -U "$POSTGRES_USER"'`,
      `cat /backup/shop.sql | psql -v ON_ERROR_STOP=1 shop`,
      `set -eu
zcat /backup/shop.sql.gz |
  psql --set=ON_ERROR_STOP=1 shop`,
      `set -o pipefail; zcat /backup/shop.sql.gz | psql shop`,
      `xz -dc /backup/shop.sql.xz | sed 's/OWNER TO old/OWNER TO shop/' | mysql shop`,
      `ssh backup@old cat /backup/shop.sql | mysql shop`,
      `zcat /backup/shop.sql.gz | sudo -u postgres psql`,
      `cat /backup/shop.dump | pg_restore -d shop`,
      `zcat /backup/shop.sql.gz |& psql shop`,
      `(echo 'begin;'; zcat /backup/shop.sql.gz) | psql shop`,
      `psql shop < /backup/shop.sql`,
      `psql -f /backup/shop.sql shop`,
      `mysql --force shop < /backup/shop.sql`,
    ],
    right: [
      `psql -v ON_ERROR_STOP=1 shop < /backup/shop.sql`,
      `bash -c 'set -o pipefail; zcat /backup/shop.sql.gz | psql -v ON_ERROR_STOP=1 shop'`,
      `gzip -t /backup/shop.sql.gz && zcat /backup/shop.sql.gz | mysql shop`,
      `mysql shop < /backup/shop.sql`,
      `pg_restore -d shop /backup/shop.dump`,
      `echo 'select 1' | psql shop`,
      `test -e /backup/shop.sql.gz || psql -c 'select 1'`,
      `zcat /backup/shop.sql.gz | grep -c INSERT; mysql -e 'select 1'`,
      `psql shop -c 'select 1' | grep 1`,
      `psql -v ON_ERROR_STOP=1 <<'SQL'
select 1;
SQL`,
    ],
  },

  // A sleep instead of a wait with a limit.
  R048: {
    wrong: [
      `docker compose -p shop up -d; sleep 20`,
      `docker start shop-web-1 && sleep 10 && curl -sf http://127.0.0.1/`,
      `systemctl restart shop
sleep 15
systemctl is-active shop`,
      `sleep 60`,
      `for i in 1 2; do echo $i; done; docker compose -p shop up -d; sleep 10`,
      `docker compose -p shop up -d # do it
sleep 10
for i in 1 2; do echo $i; done`,
      `sleep 5; docker exec shop-db-1 pg_isready`,
    ],
    right: [
      `timeout 60 sh -c 'until pg_isready; do sleep 1; done'`,
      `for i in $(seq 30); do curl -sf http://127.0.0.1/ && exit 0; sleep 1; done; exit 1`,
      `i=0
while [ $i -lt 30 ]; do
  pg_isready && break
  sleep 1
  i=$((i + 1))
done
docker compose -p shop up -d`,
      `for host in a b; do until curl -sf "http://$host/"; do sleep 1; done; sleep 2; done; curl -sf http://127.0.0.1/`,
      `echo 'sleep 10'; curl -sf http://127.0.0.1/`,
      `kill "$pid"; sleep 1; kill -9 "$pid"`,
    ],
  },

  // A dump of which only the size is known.
  R049: {
    field: 'verify',
    wrong: [
      `test -s /backup/shop.sql.gz`,
      `[ -s "/backup/shop.sql" ]`,
      `ls -l /backup/shop.dump`,
      `[ "$(stat -c %s /backup/shop.sql.gz)" -gt 1000 ]`,
      `test "$(wc -c < /backup/shop.sql)" -gt 0`,
      `find /backup/shop.sql.gz -size +1k`,
      `docker compose -p shop ps && test -s /backup/shop.sql.gz`,
      `cd /backup && ls -la shop.sql.zst && du -h shop.sql.zst`,
    ],
    right: [
      `gzip -t /backup/shop.sql.gz`,
      `test -s /backup/shop.sql && tail -n 5 /backup/shop.sql | grep -q 'dump complete'`,
      `test -s /backup/shop.dump && pg_restore --list /backup/shop.dump`,
      `test -s /srv/shop/index.html`,
      `find /backup -name '*.sql' -mtime +30 -delete`,
      `sha256sum -c /backup/shop.sql.gz.sha256`,
    ],
  },
}
