# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154
# A copy of a data directory in its own volume, served by the plan's image without network and archiving, over its socket
# only; its transactions are read-only by default. `scratch_copy SIDE DATA` copies (by reference where the file system can).
# `scratch_start SIDE` starts and waits, and sets `server`; where the server does not start it sets `problem` and fails.
# `options` holds a setting per line, `name=value`, that the data needs. With `only_roles` set it copies no database but
# template1: roles and their passwords are outside of databases. Others than its own superuser need their password.
: "${options?}" "${serve?}"
. ./postgres-data.sh
. ./scratch-servers.sh
scratch_fails='does not start on a copy of it'
setting() { # NAME FILE…: its last value; a backup has what `alter system` wrote in the second file
  name=$1; shift
  cat -- "$@" 2> /dev/null | sed -n "s/^[[:space:]]*${name}[[:space:]]*=\{0,1\}[[:space:]]*//p" | tail -n 1 | sed "s/^'\([^']*\)'.*/\1/; t; s/[[:space:]#].*//"
}
scratch_copy() {
  scratch_volume "$1" || return
  if [ -z "${only_roles:-}" ]; then cp -a --reflink=auto -- "$2/." "$at/" || return
  else
    tar -C "$2" --exclude='./base/[02-9]*' --exclude='./base/1[0-9]*' -cf - . | tar -C "$at" -xpf - || return
  fi
  libraries=$(setting shared_preload_libraries "$at/postgresql.conf" "$at/postgresql.auto.conf")
  prepared=$(find "$at/pg_twophase" -type f 2> /dev/null | grep -c .)
  rm -f -- "$at/standby.signal" "$at/recovery.signal" "$at/postmaster.opts" "$at/postgresql.auto.conf"
  # Slots and origins of replication need settings of the old machine, and hold no rows.
  rm -rf -- "$at"/pg_replslot/* "$at/pg_logical/replorigin_checkpoint"
  printf 'local all %s\n' 'reinstate_scratch trust' 'all md5' > "$at/pg_hba.scratch.conf"
  : > "$at/pg_ident.scratch.conf"
  # In place of the old machine's configuration, which may include files and name libraries that are only there.
  cat > "$at/scratch.conf" <<END
hba_file = '/scratch/pg_hba.scratch.conf'
ident_file = '/scratch/pg_ident.scratch.conf'
listen_addresses = ''
unix_socket_directories = '/tmp'
default_transaction_read_only = on
archive_mode = off
autovacuum = off
fsync = off
lc_messages = 'C'
max_connections = 20
max_locks_per_transaction = 4096
max_prepared_transactions = $prepared
max_logical_replication_workers = 0
max_parallel_workers_per_gather = 0
shared_buffers = 128MB
huge_pages = off
cron.launch_active_jobs = off
shared_preload_libraries = '$libraries'
END
  [ "$(cat "$at/PG_VERSION")" -lt 17 ] || echo 'event_triggers = off' >> "$at/scratch.conf"
  printf '%s\n' "$options" | sed -n "s/'/''/g; s/^\([^=]*\)=\(.*\)$/\1 = '\2'/p" >> "$at/scratch.conf"
}
scratch_start() {
  server=$scratch_id-$1
  docker run -d --pull never --name "$server" --label "$scratch" --network none --restart no --user 0 \
    -e PGHOST=/tmp -e LC_ALL=C -v "$server:/scratch" --entrypoint sh "$image" -c "$serve" > /dev/null || return
  scratch_wait last_errors docker exec "$server" pg_isready -q -t 5
}
last_errors() { grep -E 'FATAL|PANIC|ERROR|DETAIL' | tail -n 2 | sed 's/^.*\(FATAL\|PANIC\|ERROR\|DETAIL\):/\1:/'; }
