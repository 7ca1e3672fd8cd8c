# shellcheck shell=sh
# shellcheck disable=SC2154
# Copies SQLite files of a backup, with what was not yet merged into them, into a scratch volume; checks them there and counts
# their rows and those of the live files. Prints lines `KEY=NUMBER|TEXT`, where NUMBER is the position in `files`:
# wrong, remark, unread, tables, rows, liveRows, and lacks (a table, its rows, and those of the live one).
: "${backup?}" "${files?}" "${live?}" "${live_volume?}"
. ../shared/sqlite-scratch.sh
set -u
export LC_ALL=C
scratch_begin
sqlite_begin
[ -z "$live_volume" ] || live=$(docker volume inspect --format '{{.Mountpoint}}' "$live_volume" 2> /dev/null)
# Prints a statement per table that counts it. Virtual tables need their modules.
counts="select 'select ' || quote(replace(replace(name, char(9), ' '), char(10), ' ')) || ' || char(9) || count(*) from \"' || replace(name, '\"', '\"\"') || '\";' from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\' and lower(sql) not like 'create virtual%' order by name;"
rows_of() { # NAME: a line per table, its name and its rows
  printf '%s\n' "$counts" | query "$1" > "$work/counts.sql" || { cat "$work/counts.sql"; return 1; }
  query "$1" < "$work/counts.sql"
}
in_wal_mode() { [ "$(od -An -tu1 -j18 -N2 -- "$1" | tr -s ' ')" = ' 2 2' ]; }
number=0
printf '%s\n' "$files" | while IFS= read -r file; do
  number=$((number + 1))
  told() { printf '%s=%s|%s\n' "$1" "$number" "$(printf %s "$2" | cut -c 1-300)"; }
  echo "progress=checks $file"
  if in_wal_mode "$backup/$file" && [ ! -s "$backup/$file-wal" ] && [ -n "$live" ] && [ -s "$live/$file-wal" ]; then
    told remark "the backup has no $file-wal, where the live one keeps its newest rows: it lacks them if it was made while the application ran"
  fi
  [ -n "$reads" ] || { told unread ''; continue; }
  copied "$backup/$file" "$number" || { told wrong 'it is written to while it is read'; continue; }
  if ! found=$(echo 'pragma integrity_check(10);' | query "$number"); then
    case $found in
    *'no such collation'* | *'no such module'* | *'no such function'* | *'no such tokenizer'*) told remark "its integrity cannot be checked: $found" ;;
    *) told wrong "$(printf '%s\n' "$found" | tail -n 1)"; continue ;;
    esac
  elif [ "$found" != ok ]; then
    told wrong "$(printf '%s\n' "$found" | head -n 3 | tr '\n' ' ')"; continue
  fi
  rows_of "$number" > "$work/backup" || { told wrong "$(tail -n 1 "$work/backup")"; continue; }
  told tables "$(grep -c . "$work/backup")"
  told rows "$(awk -F '\t' '{ sum += $2 } END { printf "%.0f", sum }' "$work/backup")"
  [ -n "$live" ] && [ -f "$live/$file" ] || continue
  if copied "$live/$file" "live-$number" && rows_of "live-$number" > "$work/live"; then
    told liveRows "$(awk -F '\t' '{ sum += $2 } END { printf "%.0f", sum }' "$work/live")"
    awk -F '\t' -v number="$number" '
      FILENAME == ARGV[1] { rows[$1] = $2; next }
      $2 > rows[$1] + 0 { printf "lacks=%d|%s|%d|%d\n", number, substr($1, 1, 100), rows[$1], $2 }' "$work/backup" "$work/live"
  else
    told remark 'the rows of the live one cannot be counted: it is written to all the time'
  fi
  rm -f -- "$at/$number"* "$at/live-$number"*
done
exit 0
