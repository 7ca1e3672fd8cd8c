# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154
. ./content.sh
old_file=$keep/old
. ../shared/written-file-apply.sh
