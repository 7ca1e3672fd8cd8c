# shellcheck shell=sh
# `begun` comes first: without it, an undo has nothing to undo.
: "${reinstate_originals?}" "${reinstate_script?}"
(umask 077 && mkdir -p -- "$reinstate_originals" && : > "$reinstate_originals/begun") || exit
exec sh -eu -c "$reinstate_script"
