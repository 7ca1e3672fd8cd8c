# shellcheck shell=sh
: "${reinstate_originals?}"
[ -e "$reinstate_originals/begun" ]
