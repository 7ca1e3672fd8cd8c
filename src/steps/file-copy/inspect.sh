# shellcheck shell=sh
: "${from?}" "${to?}"
. ../shared/path-references.sh
. ../shared/writers.sh
target=absent source=absent parent=missing
[ ! -e "${to%/*}" ] || parent=other
[ ! -d "${to%/*}" ] || parent=directory
printf 'symlinkFrom=%s\nsymlinkTo=%s\n' "$(symlink_in "$from")" "$(symlink_in "$to")"
[ ! -e "$to" ] || target=other
if [ -d "$to" ]; then
  target=empty
  [ -z "$(ls -A -- "$to")" ] || target=full
  printf 'access=%s\n' "$(stat -c '%a %u:%g' -- "$to")"
  if [ "$target" = empty ]; then
    mounts=$(mounts_in "$to") || exit 3
    [ -z "$mounts" ] || printf 'mounted=%s\n' "$(printf '%s\n' "$mounts" | head -n 1)"
    binds=$(binds_in "$to") || exit 3
    printf '%s\n' "$binds" | sed -n 's/^\([^|]*\)|\(true\|held\)|\([^|]*\)|.*/bound=\1|\3/p' | head -n 1
  fi
fi
[ ! -e "$from" ] || source=other
totals='files=0
bytes=0'
if [ -d "$from" ]; then
  source=directory
  totals=$(find "$from" -printf '%y %s %D:%i\n' | awk '$1 == "f" { files++; if (!met[$3]++) bytes += $2 } END { printf "files=%.0f\nbytes=%.0f", files, bytes }')
  find "$from" -name postmaster.pid -printf 'postmaster=%p\n' -quit
  writer=$(writer_in "$from")
  [ -z "$writer" ] || printf 'writer=%s\n' "$writer"
fi
free=0
[ "$parent" != directory ] || free=$(df -B1 --output=avail -- "${to%/*}" | tail -n 1)
printf 'target=%s\nsource=%s\nparent=%s\n%s\nfree=%s\n' "$target" "$source" "$parent" "$totals" "$((free))"
