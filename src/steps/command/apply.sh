# shellcheck shell=sh
# `begun` is written first: without it an undo knows that there is nothing to undo.
: "${reinstate_keep?}" "${reinstate_script?}"
(umask 077 && mkdir -p -- "$reinstate_keep" && : > "$reinstate_keep/begun") || exit
exec sh -eu -c "$reinstate_script"
