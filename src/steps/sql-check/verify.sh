# shellcheck shell=sh
: "${database?}" "${query?}"
. ../shared/postgres-server.sh
set -u
find_server || tell_problem
said=$(mktemp) || exit 3
trap 'rm -f -- "$said"' EXIT
asked "$server" -d "$database" -c "$query" < /dev/null 2> "$said" || printf 'failed=%s\n' "$(why "$said")"
