# shellcheck shell=sh
# Reads the data of a stack, its backup and its pages. Prints one line for each finding: `directory=`, `gone=`, `orphan=` (its
# parent is gone too), `sqliteFile=`, `postgres=PATH|VERSION`, `listed=` (with a list of checksums), `innodb=PATH|VERSION`, `mongo=`, `redis=`,
# `setting=PATH|LINE`, `vacant=` (it holds no data), `manifest=`, `answer=STATUS CURL-EXIT URL`; `backup=there`.
# places: directories of the data. configurations: files and directories with settings of servers, of which lines that match
# needed_line are printed. Each is a list with an item on each line, which may be empty.
. ../steps/shared/place-content.sh
: "${places?}" "${backup?}" "${configurations?}" "${needed_line?}" "${urls?}"
[ ! -d "$backup" ] || echo backup=there
databases_in() {
  find "$1" -maxdepth $((4 + $2)) -path '*/global/pg_control' -printf '%h\n' 2> /dev/null | sed 's/\/global$//' | while IFS= read -r data; do
    printf 'postgres=%s|%s\n' "$data" "$(head -n 1 "$data/PG_VERSION")"
    # A list that is older than the control file came with an earlier backup, which was restored and served since.
    [ -z "$(find "$data/MANIFEST.sha256" -newer "$data/global/pg_control" 2> /dev/null)" ] || printf 'listed=%s\n' "$data"
  done
  find "$1" -maxdepth $((3 + $2)) -name ibdata1 -printf '%h\n' 2> /dev/null | while IFS= read -r data; do
    version=$(cat "$data/mariadb_upgrade_info" "$data/mysql_upgrade_info" 2> /dev/null | head -n 1 | tr -dc 'A-Za-z0-9.-')
    [ -z "$version" ] && [ -e "$data/mysql.ibd" ] && version=MySQL
    printf 'innodb=%s|%s\n' "$data" "$version"
  done
  find "$1" -maxdepth $((2 + $2)) -name storage.bson -printf 'mongo=%h\n' 2> /dev/null
  find "$1" -maxdepth $((2 + $2)) \( -name dump.rdb -o -name appendonlydir \) -printf 'redis=%h\n' 2> /dev/null
}
place_facts() {
  if [ -d "$1" ]; then
    printf 'directory=%s\n' "$1"
  elif [ -f "$1" ] && [ "$(head -c 15 -- "$1" | tr -d '\0')" = 'SQLite format 3' ]; then
    printf 'sqliteFile=%s\n' "$1"
  elif [ ! -e "$1" ] && [ ! -L "$1" ]; then
    printf 'gone=%s\n' "$1"
    [ -d "${1%/*}" ] || printf 'orphan=%s\n' "$1"
  fi
}
settings_in() {
  find "$1" -maxdepth 2 -type f -size -64k 2> /dev/null | head -n 50 | while IFS= read -r file; do
    grep -hiE -e "$needed_line" -- "$file" 2> /dev/null
  done | while IFS= read -r line; do printf 'setting=%s|%s\n' "$1" "$line"; done
}
printf '%s\n' "$places" | while IFS= read -r place; do
  [ -n "$place" ] || continue
  place_facts "$place"
  databases_in "$place" 0
done
if [ -n "$backup" ]; then
  place_facts "$backup"
  # A backup may have the form of the host's own tree.
  databases_in "$backup" 8
  find "$backup" -maxdepth 1 -type f \( -iname '*.sha256' -o -iname 'sha256sums*' \) ! -name '*[^A-Za-z0-9_.-]*' -printf 'manifest=%p\n' 2> /dev/null
fi
printf '%s\n' "$configurations" | while IFS= read -r configuration; do
  [ -z "$configuration" ] || settings_in "$configuration"
done
printf '%s\n' "$places" | while IFS= read -r place; do
  [ ! -d "$place" ] || holds_data "$place" || printf 'vacant=%s\n' "$place"
done
printf '%s\n' "$urls" | while IFS= read -r url; do
  [ -n "$url" ] || continue
  status=$(curl -sk -o /dev/null -w '%{http_code}' --max-time 5 "$url" 2> /dev/null)
  printf 'answer=%s %s %s\n' "$status" "$?" "$url"
done
exit 0
