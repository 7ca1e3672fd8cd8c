# shellcheck shell=sh
# shellcheck disable=SC2034
# A copy of a data directory in its own volume, served by the plan's image without network, configuration and users, over
# its socket only. `options` holds a setting per line, `name=value`, that the data needs. `scratch_start SIDE` starts and waits, and sets `server`; where the server does not
# start, or has to recover first, it sets `problem` and fails. `sql SERVER WORDS` is its client.
: "${options?}"
. ./mariadb-data.sh
. ./scratch-servers.sh
scratch_fails='on a copy of it'
# The image's own user must own the copy, whatever the owner of the backup is.
serve='chown -R mysql /scratch && exec "$(command -v mariadbd || command -v mysqld)" --no-defaults --user=mysql --datadir=/scratch --socket=/tmp/scratch.sock --pid-file=/tmp/scratch.pid --skip-grant-tables --skip-networking --skip-log-bin --skip-slave-start --max-allowed-packet=1G --innodb-buffer-pool-size=128M --innodb-flush-log-at-trx-commit=0 "$@"'
client='exec "$(command -v mariadb || command -v mysql)" --no-defaults --socket=/tmp/scratch.sock --max-allowed-packet=1G "$@"'
# Prints the settings that the files themselves tell: InnoDB starts with no others.
scratch_settings() { # DATA
  # Flags in the header of the system tablespace. Bit 4: pages with a checksum of all their bytes, the size is in bits 0 to 3;
  # else in bits 6 to 9, where 0 is the default.
  # shellcheck disable=SC2046
  set -- "$1" $(od -An -tu1 -j54 -N4 -- "$1/ibdata1")
  flags=$((($2 << 24) + ($3 << 16) + ($4 << 8) + $5))
  if [ $((flags & 16)) -ne 0 ]; then size=$((flags & 15)); else size=$(((flags >> 6) & 15)); fi
  [ "$size" -eq 0 ] || echo "--innodb-page-size=$((512 << size))"
  path=
  for file in "$1"/ibdata[0-9]*; do path="${path:+$path;}${file##*/}:$(($(stat -c %s -- "$file") >> 20))M"; done
  echo "--innodb-data-file-path=$path:autoextend"
  undo=$(find "$1" -maxdepth 1 -name 'undo[0-9]*' | grep -c .)
  [ "$undo" -eq 0 ] || echo "--innodb-undo-tablespaces=$undo"
}
scratch_start() {
  server=$scratch_id-$1
  settings=$(scratch_settings "$at"; printf '%s\n' "$options" | sed -n 's/^[^=]*=/--&/p')
  set -f
  IFS='
'
  # shellcheck disable=SC2086
  set -- $settings
  unset IFS
  set +f
  docker run -d --pull never --name "$server" --label "$scratch" --network none --restart no --user 0 \
    -v "$server:/scratch" --entrypoint sh "$image" -c "$serve" serve "$@" > /dev/null || return
  scratch_wait first_errors sql "$server" -e 'select 1' || return
  if docker logs "$server" 2>&1 | grep -qi 'starting crash recovery\|starting table crash recovery'; then
    problem='it was not shut down cleanly: its server had to recover it from its logs'
    return 1
  fi
}
sql() { in=$1; shift; docker exec -i "$in" sh -c "$client" client -N -B "$@"; }
first_errors() { grep -F '[ERROR]' | head -n 2 | sed 's/^.*\[ERROR\]/ERROR:/'; }
