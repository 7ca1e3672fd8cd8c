# shellcheck shell=sh
# Opens a prestaged copy for the second pass, which compares checksums. Fails if anything has written to it since. Until
# the copy is recorded again, an undo takes it for one that was never whole, and removes it.
. ../shared/fresh-target.sh
. ../shared/fresh-state.sh
set -eu
umask 077
is_there && is_ours || fail "$called is not there as it was prestaged"
target
unused
take_back
if [ ! -e "$keep/reopened" ]; then
  [ -e "$keep/complete" ] || fail "$called was never copied whole"
  if [ "$(state)" != "$(cat "$keep/complete")" ]; then
    publish
    fail "$called was written to since it was prestaged; nothing was copied"
  fi
  : > "$keep/reopened"
  sync -- "$keep"
fi
rm -f -- "$keep/complete"
