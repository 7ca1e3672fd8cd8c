# shellcheck shell=sh
# `in_use`: a grep pattern for the lines of `binds_in` that forbid a move.
: "${keep?}" "${from?}" "${to?}" "${identity?}" "${in_use?}"
. ../shared/path-references.sh
. ../shared/rename.sh
set -eu
umask 077
mkdir -p -- "$keep"
no_symlink_in "$from"
no_symlink_in "$to"
if [ -e "$keep/begun" ] && [ "$(identity_of "$to")" = "$identity" ] && [ "$(identity_of "$from")" = absent ]; then exit 0; fi
[ "$(identity_of "$from")" = "$identity" ] || fail "$from is not what was inspected; nothing was moved; inspect it again"
mounted=$(mounts_in "$from")
[ -z "$mounted" ] || fail "$from cannot be moved: $mounted"
running=$(binds_in "$from" | grep "$in_use" | head -n 1 || :)
[ -z "$running" ] || fail "container ${running%%|*} runs and mounts $from; nothing was moved"
printf '%s\n' "$identity" > "$keep/begun"
sync -- "$keep/begun" "$keep"
rename "$from" "$to" "$identity"
