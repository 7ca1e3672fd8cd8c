# shellcheck shell=sh
# shellcheck disable=SC2154
# Prints applied= with the time at which the migration was applied, or problem=; noServer= where the server does not accept
# connections yet; failed= for any other error. With `compare` prints difference= for each definition in the schemas that is
# not the one that their last migration left. madeHere=yes: an earlier step of this run made the server.
: "${compare?}" "${keep?}" "${ledger_sql?}" "${last_sql?}" "${differences_sql?}"
. ./session.sh
set -u
find_server || report_problem
# compose-up notes the containers that it makes.
! grep -qsx "container $server.*" "${keep%/*/*}"/*/*/made || echo madeHere=yes
export PGOPTIONS='-c default_transaction_read_only=on'
feed() {
  lines "$session" 'begin isolation level repeatable read read only;' "$guard_sql" "$ledger_sql"
  [ "$compare" = no ] || {
    lines '\if :is_applied' "$definitions_sql \\gset" "$last_sql" '\set other :definitions' '\set fact difference' '\set within true' "$differences_sql" '\endif'
  }
}
converse
if [ "$(cat "$work/ended")" = 2 ] && grep -q -e 'starting up' -e 'shutting down' -e 'No such file' -e 'refused' -e 'not yet accepting' "$work/err"; then
  problem="$called does not accept connections yet"
  report_problem
fi
[ "$(cat "$work/ended")" = 0 ] || printf 'failed=%s\n' "$(why "$work/err")"
cat "$work/out"
