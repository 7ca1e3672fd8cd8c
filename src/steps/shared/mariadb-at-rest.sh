# shellcheck shell=sh
. ./mariadb-data.sh
. ./data-at-rest.sh
