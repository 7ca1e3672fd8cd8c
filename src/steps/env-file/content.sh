# shellcheck shell=sh
# shellcheck disable=SC2154
# No process that the script starts has the content in its environment.
wanted=$CONTENT
unset CONTENT
make_file() { printf %s "$wanted"; }
