# shellcheck shell=sh
# shellcheck disable=SC2154
# `done=yes` if this step has filled the target, and nothing has written to it since.
. ../shared/fresh-inspect.sh
. ../shared/fresh-state.sh
set -e
if is_there && is_ours && [ -e "$keep/complete" ] && [ "$(state)" = "$(cat "$keep/complete")" ]; then echo done=yes; fi
