# shellcheck shell=sh
# shellcheck disable=SC2154
# Removed from the environment of the processes that the script starts.
wanted=$CONTENT
unset CONTENT
make_file() { printf %s "$wanted"; }
