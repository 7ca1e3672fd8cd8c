# shellcheck shell=sh
. ./content.sh
. ../shared/written-file-apply.sh
