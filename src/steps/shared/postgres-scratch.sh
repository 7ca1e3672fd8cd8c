# shellcheck shell=sh
# shellcheck disable=SC2034
# A copy of a data directory in its own volume, served by the plan's image without network and archiving, over its socket
# only; its transactions are read-only by default. `scratch_copy SIDE DATA` copies (by reference where the file system can).
# `scratch_start SIDE` starts and waits, and sets `server`; where the server does not start it sets `problem` and fails.
. ./postgres-data.sh
. ./scratch-servers.sh
scratch_fails='does not start on a copy of it'
scratch_copy() {
  into=$(docker image inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$image" | sed -n 's/^PGDATA=//p')
  into=${into:-/var/lib/postgresql/data}
  scratch_volume "$1" || return
  cp -a --reflink=auto -- "$2/." "$at/" || return
  rm -f -- "$at/standby.signal" "$at/recovery.signal" "$at/postmaster.opts"
  echo 'local all all trust' > "$at/pg_hba.scratch.conf"
  # The last value of a setting wins over the configuration of the old machine.
  cat >> "$at/postgresql.auto.conf" <<END

hba_file = '$into/pg_hba.scratch.conf'
listen_addresses = ''
default_transaction_read_only = on
archive_mode = off
autovacuum = off
fsync = off
ssl = off
shared_buffers = 128MB
huge_pages = off
max_parallel_workers_per_gather = 0
logging_collector = off
log_destination = 'stderr'
cron.launch_active_jobs = off
END
  chown --reference="$at/PG_VERSION" -- "$at/pg_hba.scratch.conf" "$at/postgresql.auto.conf"
}
scratch_start() {
  server=$scratch_id-$1
  docker run -d --pull never --name "$server" --label "$scratch" --network none --restart no \
    -v "$server:$into" "$image" > /dev/null || return
  until docker exec "$server" pg_isready -q -t 5 > /dev/null 2>&1; do
    if [ "$(docker inspect --format '{{.State.Running}}' "$server")" != true ]; then
      log=$(docker logs --tail 50 "$server" 2>&1)
      problem=$(printf '%s\n' "$log" | grep -E 'FATAL|PANIC|ERROR|DETAIL' | tail -n 2 | sed 's/^.*\(FATAL\|PANIC\|ERROR\|DETAIL\):/\1:/' | tr '\n' ' ')
      [ -n "$problem" ] || problem=$(printf '%s\n' "$log" | grep . | tail -n 1)
      return 1
    fi
    sleep 0.1
  done
}
