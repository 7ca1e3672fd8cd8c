# shellcheck shell=sh
# "$@" are the directories to remove, the deepest first.
. ../shared/private-directory.sh
. ../shared/rename.sh
set -u
[ -e "$keep/begun" ] || exit 0
for path; do
  if ! enter "${path%/*}"; then
    [ ! -d "$path" ] || printf 'left=%s\n' "$path"
    continue
  fi
  if find_private; then
    rmdir -- "$private/directory" 2> /dev/null
    close_private
  fi
  name=./${path##*/}
  if [ -L "$name" ] || [ ! -d "$name" ]; then continue; fi
  # An older version recorded nothing.
  if [ -e "$keep/made" ] && ! grep -qxF -e "$(identity_of "$name")" -- "$keep/made"; then continue; fi
  rmdir -- "$name" 2> /dev/null || printf 'left=%s\n' "$path"
done
exit 0
