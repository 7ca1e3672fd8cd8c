# shellcheck shell=sh
# shellcheck disable=SC2154
# `begin` serves a scratch copy of the backup; `texts` prints the encrypted texts, one per line.
: "${backup?}" "${query?}" "${database?}"
. ../shared/mariadb-scratch.sh
begin() { scratch_side backup "$backup"; }
texts() { sql "$server" --database="$database" -e "$query" < /dev/null; }
