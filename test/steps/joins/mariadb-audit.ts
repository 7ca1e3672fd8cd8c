import { mariadbAudit } from '../../../src/steps/mariadb-audit/index.ts'
import type { Joined } from '../contract.ts'

/**
 * A whole data directory of MariaDB 11.8 in /backup/shop/db, stopped cleanly, and a copy of it in the volume fresh. Made
 * once to a test host, and kept where no test looks.
 */
export const restoredMaria = `
made() {
docker run -d --name source -e MARIADB_DATABASE=shop -e MARIADB_USER=shop -e MARIADB_PASSWORD=x -v source:/var/lib/mysql testbed/mariadb:11 > /dev/null
until docker exec source mariadb shop -e 'select 1' > /dev/null 2>&1; do sleep 0.2; done
docker exec -i source mariadb shop <<'SQL'
create table orders (id integer auto_increment primary key, item varchar(100) not null, price decimal(10, 2), weight float, key (item));
insert into orders (item, price, weight) select concat('item ', seq), seq / 7, seq / 3 from seq_1_to_2000;
create table visits (at timestamp not null default current_timestamp, place point) engine = Aria;
insert into visits (place) values (point(1, 2)), (null);
create view cheap as select id from orders where price < 10;
create trigger noted before insert on visits for each row set new.at = now();
SQL
docker stop -t 60 source > /dev/null
cp -a "$(docker volume inspect --format '{{.Mountpoint}}' source)" /var/tmp/maria
docker rm source > /dev/null; docker volume rm source > /dev/null
}
[ -d /var/tmp/maria ] || made
mkdir -p /backup/shop
cp -a /var/tmp/maria /backup/shop/db
docker volume create fresh > /dev/null
cp -a /backup/shop/db/. "$(docker volume inspect --format '{{.Mountpoint}}' fresh)/"`

export const audited = { backup: '/backup/shop/db', image: 'testbed/mariadb:11', volume: 'fresh' }

export const joined: Joined = {
  kind: mariadbAudit,
  cases: [{ name: 'a restored volume of MariaDB', fields: audited, arrange: restoredMaria }],
}
