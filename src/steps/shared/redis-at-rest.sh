# shellcheck shell=sh
. ./redis-data.sh
. ./data-at-rest.sh
