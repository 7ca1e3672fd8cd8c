# shellcheck shell=sh
: "${database?}" "${query?}"
. ../shared/postgres-server.sh
set -u
find_server || report_problem
errors=$(mktemp) || exit 3
trap 'rm -f -- "$errors"' EXIT
sql "$server" -d "$database" -c "$query" < /dev/null 2> "$errors" || printf 'failed=%s\n' "$(why "$errors")"
