# shellcheck shell=sh
: "${reinstate_keep?}" "${reinstate_script?}"
set -eu
[ -e "$reinstate_keep/begun" ] || exit 0
sh -eu -c "$reinstate_script"
rm -f -- "$reinstate_keep/begun"
