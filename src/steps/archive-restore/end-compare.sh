# shellcheck shell=sh
# shellcheck disable=SC2154
[ "$(identity)" = "$before" ] || fail "the archive $archive was replaced or written to while it was compared"
