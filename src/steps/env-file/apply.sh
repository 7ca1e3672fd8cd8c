# shellcheck shell=sh
. ./content.sh
. ../shared/private-write.sh

