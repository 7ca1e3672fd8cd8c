# shellcheck shell=sh
. ./postgres-data.sh
. ./data-at-rest.sh
