# shellcheck shell=sh
: "${backup?}" "${files?}"
. ../shared/symlink-guard.sh
[ -d "$backup" ] || { echo missing=yes; exit 0; }
printf 'symlink=%s\n' "$(symlink_in "$backup")"
docker info > /dev/null || exit
number=0
printf '%s\n' "$files" | while IFS= read -r file; do
  number=$((number + 1))
  [ "$(head -c 15 -- "$backup/$file" 2> /dev/null)" = 'SQLite format 3' ] || printf 'other=%s\n' "$number"
  [ ! -f "$backup/$file" ] || printf 'bytes=%s\n' "$(stat -c %s -- "$backup/$file")"
done
