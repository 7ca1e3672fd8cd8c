# shellcheck shell=sh
# Prints what a backup holds that may belong to a stack. Reads only; prints no content of files.
# names: base names of folders to look for at any depth. places: the live data, for a comparison of contents.
: "${backup?}" "${names?}" "${places?}"
. ../steps/shared/place-content.sh
cd -- "$backup" 2> /dev/null || exit 0
deadline=$(($(date +%s) + 240))
plain='*[!A-Za-z0-9_./-]*'

# folder=PATH: folders of these names down to level 9, the nearest first.
timeout 120 find . -mindepth 1 -maxdepth 9 -type d ! -path "$plain" -printf '%d %f %P\n' 2> /dev/null |
  awk -v names="$names" 'BEGIN { n = split(names, list, "\n"); for (i = 1; i <= n; i++) known[list[i]] }
    ($2 in known) || $1 <= 2 { print $1, $3 }' | sort -n -s -k 1,1 | head -n 3000 | sed 's/^[0-9]* //' | {
  # vacant=PATH: those that hold no data. rootOnly=PATH: those in which everything belongs to root.
  checked=0
  while IFS= read -r folder; do
    printf 'folder=%s\n' "$folder"
    checked=$((checked + 1))
    [ "$checked" -le 500 ] || continue
    if ! holds_data "$folder"; then
      printf 'vacant=%s\n' "$folder"
    elif other=$(timeout 20 find "$folder" ! -uid 0 -print -quit 2> /dev/null) && [ -z "$other" ]; then
      printf 'rootOnly=%s\n' "$folder"
    fi
  done
}
# link=NAME|PATH: links in the backup to one of its folders.
find . -mindepth 1 -maxdepth 1 -type l ! -path "$plain" -printf '%f\n' 2> /dev/null | while IFS= read -r link; do
  target=$(readlink -f -- "$link")
  case $target in "$(pwd -P)"/*) [ ! -d "$target" ] || printf 'link=%s|%s\n' "$link" "${target#"$(pwd -P)"/}" ;; esac
done

# entries=PATH|NAMES: what a directory holds at its top level, names separated by "/".
entries() {
  printf 'entries=%s|%s\n' "$1" "$(find "$1/" -mindepth 1 -maxdepth 1 -printf '%f\n' 2> /dev/null | sort | head -n 60 | tr '\n' '/')"
}
find . -mindepth 1 -maxdepth 2 -type d ! -path "$plain" -printf '%P\n' 2> /dev/null | head -n 200 | while IFS= read -r folder; do
  entries "$folder"
done
printf '%s\n' "$places" | while IFS= read -r place; do [ ! -d "$place" ] || entries "$place"; done

# cluster=PATH|ID: PostgreSQL data directories, and the system identifier of each, which its copies share.
clusters() {
  timeout 60 find "$1" -maxdepth 10 -path '*/global/pg_control' -printf '%h\n' 2> /dev/null | head -n 50 | while IFS= read -r global; do
    printf 'cluster=%s|%s\n' "${global%/global}" "$(od -An -tu8 -N8 -- "$global/pg_control" | tr -d ' ')"
  done
}
find . -mindepth 1 -maxdepth 1 -type d -printf '%P\n' | while IFS= read -r folder; do clusters "$folder"; done
printf '%s\n' "$places" | while IFS= read -r place; do [ ! -d "$place" ] || clusters "$place"; done
# engine=PATH|NAME: data directories of other databases.
timeout 60 find . -maxdepth 10 \( -name ibdata1 -o -name storage.bson -o -name dump.rdb -o -name appendonlydir -o -name appendonly.aof \) -printf '%f %h\n' 2> /dev/null |
  head -n 100 | sed -n 's/ \.\// /; s/^ibdata1 \(.*\)/engine=\1|InnoDB/p; s/^storage.bson \(.*\)/engine=\1|MongoDB/p; s/^\(dump.rdb\|appendonlydir\|appendonly.aof\) \(.*\)/engine=\2|Redis/p'
# log=PATH: data directories of Redis with append-only files.
logs() { timeout 60 find "$1" -maxdepth "$2" \( -name appendonlydir -o -name appendonly.aof \) -printf 'log=%h\n' 2> /dev/null | sed 's/^log=\.\//log=/'; }
logs . 10
# owned=PLACE|UID:GID: the owner of something in a live place that is not root's.
printf '%s\n' "$places" | while IFS= read -r place; do
  [ -d "$place" ] || continue
  logs "$place" 2
  owner=$(find "$place" ! -uid 0 -printf '%U:%G' -quit 2> /dev/null)
  [ -z "$owner" ] || printf 'owned=%s|%s\n' "$place" "$owner"
done

# composeFile=JSON: Compose files of the backup, which may name volumes otherwise than the host's. They load nothing from elsewhere.
find . -maxdepth 3 -type f \( -name 'compose.y*ml' -o -name 'docker-compose.y*ml' \) -size -1024k ! -path "$plain" 2> /dev/null | sort | head -n 5 | while IFS= read -r file; do
  config=$(COMPOSE_EXPERIMENTAL_GIT_REMOTE=0 COMPOSE_EXPERIMENTAL_OCI_REMOTE=0 timeout 30 docker compose -f "$file" config --no-interpolate --format json 2> /dev/null) &&
    printf 'composeFile=%s\n' "$(printf %s "$config" | tr -d '\n')"
done

. archives.sh
