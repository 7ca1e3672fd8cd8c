# shellcheck shell=sh
: "${reinstate_script?}"
sh -eu -c "$reinstate_script"
