# shellcheck shell=sh
# Prints the state of a client that another step began, the address that it asked, and its tally if it has ended.
. ./state.sh
set -u
state=$(client_state)
printf 'state=%s\n' "$state"
[ "$state" = ended ] || exit 0
expected=$(sed -n 's/^expected=//p' "$keep/load")
per_second=$(sed -n 's/^perSecond=//p' "$keep/load")
cat -- "$keep/load"
. ./tally.sh
tally
