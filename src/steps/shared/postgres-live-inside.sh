# shellcheck shell=sh
# Runs in the container of a server that serves people: it only reads, and gives up each table after a minute. SQL on stdin. Its
# superuser is the one that the variables of the image name; the password stays in the container.
user=${POSTGRES_USER:-$(cat "${POSTGRES_USER_FILE:-/dev/null}")}
user=${user:-postgres}
PGPASSWORD=${POSTGRES_PASSWORD:-$(cat "${POSTGRES_PASSWORD_FILE:-/dev/null}")}
PGOPTIONS='-c default_transaction_read_only=on -c statement_timeout=60s -c lock_timeout=2s -c row_security=off -c search_path=pg_catalog'
export PGPASSWORD PGOPTIONS PGCONNECT_TIMEOUT=10
ask() { psql -X -q -A -t -w -U "$user" "$@"; }
queries=$(cat)
databases=$(ask -d postgres -v ON_ERROR_STOP=1 -c 'select datname from pg_database where datallowconn and not datistemplate order by 1') || exit
until=$(($(date +%s) + 120))
printf '%s\n' "$databases" | while IFS= read -r database; do
  # Each table is asked by itself: one that cannot be read does not stop the others.
  printf '%s\n' "$queries" | ask -d "$database" -v "until=$until" 2> /dev/null
done
exit 0
