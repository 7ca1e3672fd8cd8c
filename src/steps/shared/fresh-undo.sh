# shellcheck shell=sh
# Removes the target if this step made it and nothing has written to it since it was recorded, or it was never whole, or it
# is scratch.
# Otherwise prints `kept=` and why. Docker itself refuses to remove a volume that a container has come to use meanwhile.
: "${scratch?}"
. ./fresh-target.sh
. ./fresh-state.sh
set -eu
umask 077
kept() { printf 'kept=%s\n' "$*"; exit 0; }
gone() { forget; rm -f -- "$keep/copying" "$keep/complete" "$keep/reopened"; exit 0; }
was_written_to() { [ "$scratch" != yes ] && [ -e "$keep/complete" ] && [ "$(state)" != "$(cat "$keep/complete")" ]; }
kept_written() {
  if only_server_files; then kept 'only PostgreSQL itself wrote to it after the restore (its log, control and statistics files), and to no table file'; fi
  kept 'written to after the restore; these writes exist nowhere else'
}
is_there || gone
is_ours || exit 0
target
using=$(users)
# shellcheck disable=SC2086
[ -z "$using" ] || kept container $using uses it
if was_written_to; then kept_written; fi
if [ -z "$volume" ]; then
  # What is written until nobody can enter it any more is not lost either.
  take_back
  if was_written_to; then publish; kept_written; fi
fi
error=$(remove 2>&1) || { ! is_there || kept "it could not be removed: $error"; }
gone
