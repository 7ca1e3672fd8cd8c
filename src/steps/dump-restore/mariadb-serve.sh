# shellcheck shell=sh
# Runs in a scratch container: makes the data of a new server in /scratch if there is none, and serves it over its socket
# only, after the statements in INIT. The arguments are settings that the data needs. Nothing here is written to a configuration that stays with the data:
# a crash costs a new load, so nothing is flushed before the end. The slow shutdown (innodb-fast-shutdown=0) leaves no work
# that the next server, maybe a newer one, would find in the logs.
set -eu
server=$(command -v mariadbd || command -v mysqld)
install=$(command -v mariadb-install-db || command -v mysql_install_db)
chown mysql /scratch
if [ ! -d /scratch/mysql ]; then
  "$install" --no-defaults --user=mysql --datadir=/scratch --skip-test-db --auth-root-authentication-method=socket "$@" > /tmp/install 2>&1 ||
    { grep -F '[ERROR]' /tmp/install >&2 || tail -n 5 /tmp/install >&2; exit 1; }
fi
[ -z "$INIT" ] || { printf '%s\n' "$INIT" > /tmp/init.sql; set -- --init-file=/tmp/init.sql "$@"; }
exec "$server" --no-defaults --user=mysql --datadir=/scratch --socket=/tmp/scratch.sock --pid-file=/tmp/scratch.pid \
  --skip-networking --skip-log-bin --skip-slave-start --event-scheduler=off --local-infile=0 --max-allowed-packet=1G \
  --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --innodb-fast-shutdown=0 "--innodb-buffer-pool-size=$BUFFER" "$@"
