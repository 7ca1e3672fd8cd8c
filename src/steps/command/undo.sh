# shellcheck shell=sh
: "${reinstate_originals?}" "${reinstate_script?}"
set -eu
[ -e "$reinstate_originals/begun" ] || exit 0
sh -eu -c "$reinstate_script"
rm -f -- "$reinstate_originals/begun"
