# shellcheck shell=sh
: "${reinstate_keep?}"
[ -e "$reinstate_keep/begun" ]
