# shellcheck shell=sh
# Runs in a scratch container: prints the version, character sets, collations and engines of the image's server.
server=$(command -v mariadbd || command -v mysqld) || exit 0
command -v mariadb-install-db > /dev/null || command -v mysql_install_db > /dev/null || exit 0
command -v mariadb-dump > /dev/null || command -v mysqldump > /dev/null || { echo lacks=mariadb-dump; exit 0; }
echo "version=$("$server" --no-defaults --version 2>/dev/null | sed -n 's/^.* Ver \([0-9.]*\).*$/\1/p')"
mkdir -m 700 /dev/shm/known && chown mysql /dev/shm/known && cd /dev/shm/known || exit
# A server without data answers to what it can write to a file. The last table is new in 10.10.
"$server" --no-defaults --bootstrap --user=mysql --datadir=/dev/shm/known --skip-innodb --skip-grant-tables \
  --default-storage-engine=Aria "$@" > log 2>&1 << 'SQL' || [ -s engines ] || { grep -F ERROR log >&2; exit 1; }
select concat('charset=', character_set_name) from information_schema.character_sets into outfile '/dev/shm/known/charsets';
select concat('collation=', collation_name) from information_schema.collations where collation_name is not null into outfile '/dev/shm/known/collations';
select concat('engine=', engine) from information_schema.engines where support in ('YES', 'DEFAULT') into outfile '/dev/shm/known/engines';
select concat('collation=', full_collation_name) from information_schema.collation_character_set_applicability into outfile '/dev/shm/known/full';
SQL
cat charsets collations engines full 2> /dev/null
echo engine=InnoDB
