# shellcheck shell=sh
# shellcheck disable=SC2154
. ./target.sh
set -eu
target
printf 'files=%s\n' "$(find "$at" -type f -printf x | wc -c)"
