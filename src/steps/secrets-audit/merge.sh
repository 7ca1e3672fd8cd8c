# shellcheck shell=sh
# shellcheck disable=SC2154
# Merges env sources on one host. `merged` prints the file with its values; `audit` prints names only:
# - why `merged` would fail: sources that are `absent=` or `exposed=` to other users, `problem=` lines, and names that are
#   `missing=`, `empty=`, `unclear=` or `differ=`, with their sources;
# - notes: witnesses that are `open=` to other users or `away=`, lines of them that are `unread=`, names that only witnesses
#   have (`taken=`), and names of which a witness has another value (`unlike=`).
# The environment variable `gathered` holds the output of gather.sh on other hosts: one base64 word per host.
# The including script sets `own`: the file before the step; in `apply` the saved one, because the path may lead elsewhere.
: "${path?}" "${merge_entries?}"
. ./sources.sh
# Removed from the environment of child processes.
elsewhere=${gathered-}
unset gathered
everywhere() {
  # shellcheck disable=SC2094
  [ ! -f "$own" ] || entries own "$path" < "$own" || echo "problem=$path cannot be read"
  gather
  for part in $elsewhere; do printf %s "$part" | base64 -d; done
}
merge() { names=$names mode=$1 awk "$merge_entries"; }
audit() { engine; everywhere | merge audit; }
merged() {
  more=$(everywhere | merge text) || return 1
  [ ! -f "$own" ] || cat -- "$own"
  [ -n "$more" ] || return 0
  if [ -f "$own" ] && [ -n "$(tail -c 1 -- "$own")" ]; then echo; fi
  printf '%s\n' "$more"
}
