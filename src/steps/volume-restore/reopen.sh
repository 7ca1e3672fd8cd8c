# shellcheck shell=sh
# Opens a copy that was prestaged for the second pass, which compares sums. Fails where anything has written to it since.
# Until the copy is recorded again, an undo takes it for one that was never whole, and removes it.
. ./target.sh
. ./state.sh
set -eu
is_there && is_ours || fail "$called is not there as it was prestaged"
target
unused
if [ ! -e "$keep/reopened" ]; then
  [ -e "$keep/complete" ] || fail "$called was never copied whole"
  [ "$(state)" = "$(cat "$keep/complete")" ] || fail "$called was written to since it was prestaged; nothing was copied"
  : > "$keep/reopened"
  sync -- "$keep"
fi
rm -f -- "$keep/complete"
