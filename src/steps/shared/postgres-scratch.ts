import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { scratchEnds, scratchNames, scratchVolume } from './scratch-servers.ts'

/**
 * Shell words about a data directory of PostgreSQL. `find_data DIRECTORY` sets `data` to the one at or below it, or to
 * nothing, and `problem` to why it cannot be copied as it is, or to nothing.
 */
export const dataWords = sh`
find_data() {
  data= problem=
  found=$(find "$1" -maxdepth 4 -path '*/global/pg_control' -printf '%h\\n' | sed 's/\\/global$//')
  case $found in
  '') problem="holds no data directory of PostgreSQL (global/pg_control)" ;;
  *'
'*) problem="holds more than one data directory of PostgreSQL; name one of them" ;;
  *) data=$found ;;
  esac
  [ -n "$data" ] || return 0
  linked=$(find "$data/pg_tblspc" "$data/pg_wal" -maxdepth 1 -type l -print -quit 2> /dev/null)
  [ -z "$linked" ] || problem="has data elsewhere: $linked is a link; only what lies in the directory can be audited"
  [ ! -e "$data/postmaster.pid" ] || problem="holds postmaster.pid: its server runs, or was not stopped cleanly. Start it once apart, stop it cleanly"
}`

/**
 * Shell words about scratch servers: a copy of a data directory in a volume of its own, served by the plan's image with
 * no network, no archiving and nothing but its socket; by default its transactions only read. All that is made carries
 * the label reinstate.scratch with the step's mark, and goes when the script ends; what an earlier call left goes first.
 * `scratch_copy SIDE DATA` copies (by reference where the file system can); `scratch_start SIDE` starts and waits, and
 * sets `server`; where it does not start it sets `problem` and fails.
 */
export function scratchWords(image: string, host: HostView): Script {
  return lines(
    scratchNames(image, host),
    scratchEnds,
    sh`scratch_copy() {
  into=$(docker image inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$image" | sed -n 's/^PGDATA=//p')
  into=\${into:-/var/lib/postgresql/data}
${scratchVolume}
  cp -a --reflink=auto -- "$2/." "$at/" || return
  rm -f -- "$at/standby.signal" "$at/recovery.signal" "$at/postmaster.opts"
  echo 'local all all trust' > "$at/pg_hba.scratch.conf"
  # The last word on each setting, whatever the configuration of the old machine says.
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
  docker run -d --pull never --name "$server" --label "$scratch" --network none --restart no \\
    -v "$server:$into" "$image" > /dev/null || return
  until docker exec "$server" pg_isready -q -t 5 > /dev/null 2>&1; do
    if [ "$(docker inspect --format '{{.State.Running}}' "$server")" != true ]; then
      said=$(docker logs --tail 50 "$server" 2>&1)
      problem=$(printf '%s\\n' "$said" | grep -E 'FATAL|PANIC|ERROR|DETAIL' | tail -n 2 | sed 's/^.*\\(FATAL\\|PANIC\\|ERROR\\|DETAIL\\):/\\1:/' | tr '\\n' ' ')
      [ -n "$problem" ] || problem=$(printf '%s\\n' "$said" | grep . | tail -n 1)
      return 1
    fi
    sleep 0.1
  done
}`,
  )
}
