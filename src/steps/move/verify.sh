# shellcheck shell=sh
: "${keep?}" "${from?}" "${to?}"
. ../shared/rename.sh
begun=$keep/begun
printf 'from=%s\nto=%s\n' "$(identity_of "$from")" "$(identity_of "$to")"
[ ! -e "$begun" ] || printf 'moved=%s\n' "$(cat "$begun")"
