# shellcheck shell=sh
# Runs in the scratch container: makes a data directory in /volume as the official image does, and serves it on a socket for
# the load. What makes the load fast is an argument, and so is not left in the volume.
# shellcheck disable=SC2012,SC2016
export PROGRAMS
PROGRAMS=$(dirname "$(command -v postgres || ls -d /usr/lib/postgresql/*/bin/postgres /usr/local/pgsql/bin/postgres 2> /dev/null | head -n 1)")
id postgres > /dev/null 2>&1 || echo 'postgres:x:999:999::/tmp:/bin/sh' >> /etc/passwd
mkdir -p -- "$DATA" && chown -R postgres:postgres /volume && chmod 700 -- "$DATA" || exit
exec su -s /bin/sh postgres -c '
set -ef
IFS="
"
"$PROGRAMS/initdb" -D "$DATA" --username="$DUMP_USER" --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --no-sync $INITDB > /tmp/initdb 2>&1 ||
  { tail -n 5 /tmp/initdb >&2; exit 1; }
echo "listen_addresses = '\''*'\''" >> "$DATA/postgresql.conf"
for option in $OPTIONS; do set -- "$@" -c "$option"; done
exec "$PROGRAMS/postgres" -D "$DATA" -c listen_addresses= -c unix_socket_directories=/tmp -c fsync=off -c full_page_writes=off \
  -c synchronous_commit=off -c autovacuum=off -c wal_level=minimal -c max_wal_senders=0 -c archive_mode=off -c max_wal_size=512MB \
  -c checkpoint_timeout=1h -c maintenance_work_mem=256MB -c max_connections=100 -c max_locks_per_transaction=4096 \
  -c cron.launch_active_jobs=off -c log_min_error_statement=panic -c log_error_verbosity=terse -c lc_messages=C "$@"
'
