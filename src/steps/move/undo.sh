# shellcheck shell=sh
# Moves it back, or prints `left=` and the reason why not.
: "${keep?}" "${from?}" "${to?}" "${identity?}" "${in_use?}"
. ../shared/path-references.sh
. ../shared/rename.sh
set -eu
left() { printf 'left=%s\n' "$*"; exit 0; }
[ -e "$keep/begun" ] || exit 0
if [ "$(identity_of "$from")" != "$identity" ]; then
  [ "$(identity_of "$to")" = "$identity" ] || left 'it is missing'
  [ "$(identity_of "$from")" = absent ] || left "something else is at $from by now"
  [ -d "${from%/*}" ] || left "the directory of $from is gone"
  link=$(symlink_in "$from")$(symlink_in "$to")
  [ -z "$link" ] || left "a symbolic link is on the way: $link"
  running=$(binds_in "$to" | grep "$in_use" | head -n 1 || :)
  [ -z "$running" ] || left "container ${running%%|*} runs and mounts it"
  mounted=$(mounts_in "$to" | head -n 1)
  [ -z "$mounted" ] || left "$mounted"
  rename "$to" "$from" "$identity"
fi
rm -f -- "$keep/begun"
