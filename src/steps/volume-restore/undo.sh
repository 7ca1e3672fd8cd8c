# shellcheck shell=sh
# Removes the target if it is this step's and nothing has written to it since it was recorded, or it was never whole.
# Otherwise prints `kept=` and why. Docker itself refuses to remove a volume that a container has come to use meanwhile.
. ./target.sh
. ./state.sh
set -eu
kept() { printf 'kept=%s\n' "$*"; exit 0; }
gone() { forget; rm -f -- "$keep/copying" "$keep/complete" "$keep/reopened"; exit 0; }
is_there || gone
is_ours || exit 0
target
using=$(users)
# shellcheck disable=SC2086
[ -z "$using" ] || kept container $using uses it
if [ -e "$keep/complete" ] && [ "$(state)" != "$(cat "$keep/complete")" ]; then kept 'written to after the restore'; fi
said=$(remove 2>&1) || { ! is_there || kept "it could not be removed: $said"; }
gone
