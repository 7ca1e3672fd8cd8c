# shellcheck shell=sh
# `begun` comes first: without it, an undo has nothing to undo.
: "${reinstate_originals?}" "${reinstate_script?}"
. ./creates.sh
(
  umask 077
  keep=$reinstate_originals
  mkdir -p -- "$keep" || exit
  # The script itself may start the engine: what it creates is then not recorded.
  if things > /dev/null 2>&1; then begin_making; fi
  : > "$keep/begun"
) || exit
[ -n "$reinstate_creates" ] || exec sh -eu -c "$reinstate_script"
sh -eu -c "$reinstate_script" && reinstate_code=0 || reinstate_code=$?
(
  umask 077
  keep=$reinstate_originals
  end_making
)
exit "$reinstate_code"
