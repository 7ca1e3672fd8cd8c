#!/bin/sh
# What field cases use of the official entrypoint beyond the test bed's: POSTGRES_USER, …_FILE, POSTGRES_INITDB_ARGS, a command.
set -eu
[ "$1" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  chown -R postgres:postgres "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --clear-groups sh "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-$(cat "${POSTGRES_USER_FILE:-/dev/null}")}
  user=${user:-postgres}
  password=${POSTGRES_PASSWORD:-$(cat "${POSTGRES_PASSWORD_FILE:-/dev/null}")}
  printf '%s\n' "$password" > /tmp/password
  # shellcheck disable=SC2086
  initdb --username="$user" --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 --no-sync --wal-segsize=1 ${POSTGRES_INITDB_ARGS:-} > /dev/null
  rm -f /tmp/password
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  printf "listen_addresses = '*'\njit = off\nmin_wal_size = 2MB\nmax_wal_size = 32MB\n" >> "$PGDATA/postgresql.conf"
  database=${POSTGRES_DB:-$user}
  if [ "$database" != postgres ]; then
    pg_ctl -w -s -o "-c listen_addresses=''" start
    createdb -U "$user" "$database"
    pg_ctl -w -s -m fast stop
  fi
fi
exec "$@"
