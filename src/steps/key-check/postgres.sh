# shellcheck shell=sh
# shellcheck disable=SC2154
# `begin` serves a scratch copy of the backup, or finds the running server; `texts` prints the encrypted texts, one per line.
: "${backup?}" "${query?}" "${database?}"
. ../shared/postgres-scratch.sh
. ../shared/postgres-server.sh
export PGOPTIONS='-c default_transaction_read_only=on'
begin() { if [ -n "$backup" ]; then scratch_side backup "$backup"; else find_server || report_problem; fi; }
texts() { sql "$server" -d "$database" -c "$query" < /dev/null; }
