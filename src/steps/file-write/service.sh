# shellcheck shell=sh
# Prints which containers of the service run, which of them may not have read the file as it is, and which mount the file itself:
# they keep the old inode after a write.
. ./read-by.sh
set -u
ids=$(running) || exit 2
for id in $ids; do
  name=$(docker inspect --type container --format '{{.Name}}' "$id") || exit 2
  printf 'running=%s\n' "${name#/}"
  ! docker inspect --type container --format '{{range .Mounts}}{{println .Source}}{{end}}' "$id" | grep -qxF -e "$path" || printf 'mountsFile=%s\n' "${name#/}"
done
[ ! -f "$path" ] || unread | while read -r id; do
  docker inspect --type container --format 'unread={{.Name}}' "$id" | sed 's|=/|=|'
done
