# shellcheck shell=sh
# Prints which database servers run in containers, and what places hold; of the data directory of a running PostgreSQL server
# its path below the place, and mode and owner of the directories above it.
: "${containers?}" "${places?}"
. ../steps/shared/place-content.sh
set -u
docker info > /dev/null || exit 3
printf '%s\n' "$containers" | while IFS= read -r id; do
  docker top "$id" -eo pid,comm 2> /dev/null | awk -v id="$id" '
    $2 ~ /^(postgres|mysqld|mariadbd|mongod|redis-server|valkey-server)$/ && !met[$2]++ { printf "runs=%s|%s\n", id, $2 }'
done
printf '%s\n' "$places" | while IFS= read -r place; do
  if [ ! -d "$place" ]; then continue; fi
  holds_data "$place" || { printf 'vacant=%s\n' "$place"; continue; }
  printf 'holds=%s|%s\n' "$place" "$(database_in "$place")"
  find "$place" -maxdepth 4 -name postmaster.pid -printf '%h\n' 2> /dev/null | while IFS= read -r data; do
    [ -f "$data/global/pg_control" ] || continue
    below=${data#"$place"} at=
    below=${below#/} rest=${below#/}
    printf 'server=%s|%s\n' "$place" "$below"
    while [ -n "$rest" ]; do
      printf 'above=%s|%s|%s\n' "$place" "$at" "$(stat -c '%a|%u:%g' -- "$place/$at")"
      at=${at:+$at/}${rest%%/*}
      case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
    done
  done
done
