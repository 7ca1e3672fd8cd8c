# shellcheck shell=sh
# shellcheck disable=SC2154
. ../shared/fresh-target.sh
set -eu
target
is_published || fail "$called is not in its place yet"
printf 'files=%s\n' "$(find "$at" -type f -printf x | wc -c)"
