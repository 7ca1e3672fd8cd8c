# shellcheck shell=sh
# shellcheck disable=SC2154
# Serves scratch copies of both sides and compares their digests. Prints numbers, and up to ten keys that differ, or
# `broken=SIDE|REASON` for a side that cannot be read.
: "${backup?}" "${restored?}"
. ../shared/redis-scratch.sh
set -u
export LC_ALL=C
scratch_begin
scratch_unused "$restored"
scratch_side there "$at"
there=$server
scratch_side backup "$backup"
backup=$server
echo 'progress=compares both sides'
# DATABASE|KEYS|EXPIRING, a line to each database.
databases() { ask "$1" info keyspace | tr -d '\r' | sed -n 's/^db\([0-9]*\):keys=\([0-9]*\),expires=\([0-9]*\).*/\1|\2|\3/p'; }
for side in backup there; do
  [ "$side" = backup ] && asked=$backup || asked=$there
  { ask "$asked" debug digest > "$work/$side.digest" && databases "$asked" > "$work/$side.databases"; } 2> "$work/err" ||
    broken "$side" "$(why "$work/err")"
  case $(cat "$work/$side.digest") in *[!0-9a-f]* | '') broken "$side" "$(cut -c 1-300 "$work/$side.digest")" ;; esac
done
awk -F '|' '{ keys += $2; expiring += $3 } END { printf "databases=%d\nkeys=%.0f\nexpiring=%.0f\n", NR, keys, expiring }' "$work/backup.databases"
case $(ask "$backup" config get appendonly | tail -n 1) in
yes) echo 'persistence=the append-only file' ;;
*) echo 'persistence=the snapshot' ;;
esac
if cmp -s "$work/backup.digest" "$work/there.digest"; then
  printf 'same=yes\ndigest=%s\n' "$(cat "$work/backup.digest")"
  exit 0
fi
echo 'same=no'
# KEY<tab>DIGEST. Leaves out keys with a control character in their name: they cannot be shown.
digests() { # SERVER DATABASE
  ask "$1" -n "$2" --scan < /dev/null | tr '\0' '\001' | grep -v '[[:cntrl:]]' | sort > "$work/names"
  tr '\n' '\0' < "$work/names" > "$work/words"
  docker exec -i "$1" sh -c "xargs -0 -r -n 100 sh -c '$client' client -n $2 debug digest-value" < "$work/words" > "$work/digests"
  paste "$work/names" "$work/digests" | sort
}
cut -d '|' -f 1 "$work/backup.databases" "$work/there.databases" | sort -un > "$work/numbers"
while read -r number; do
  digests "$backup" "$number" > "$work/in-backup"
  digests "$there" "$number" > "$work/in-volume"
  comm -3 "$work/in-backup" "$work/in-volume" | sed 's/^\t//' | cut -f 1 | sort -u > "$work/differ"
  cut -f 1 "$work/in-backup" | sort > "$work/of-backup"
  cut -f 1 "$work/in-volume" | sort > "$work/of-volume"
  named() { tr -c '[:print:]\n' '?' | sed "s/^\(.\{0,100\}\).*/difference=database $number, key \1: $1/"; }
  comm -23 "$work/differ" "$work/of-volume" | named 'missing in the restored data'
  comm -23 "$work/differ" "$work/of-backup" | named 'only in the restored data'
  comm -12 "$work/differ" "$work/of-backup" | comm -12 - "$work/of-volume" | named 'another value'
done < "$work/numbers" | head -n 10
exit 0
