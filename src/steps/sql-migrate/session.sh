# shellcheck shell=sh
# shellcheck disable=SC2154
# A session of psql that a script leads: `feed` prints its input, and may wait with `says FACT` until psql has printed it. What a
# killed script has not fed is never run, so a transaction without its commit is rolled back. `converse` runs the session;
# then its facts are in $work/out, its errors in $work/err.
: "${database?}" "${name?}" "${sum?}" "${down_sum?}" "${changes?}" "${label?}" "${lock_timeout?}"
: "${session?}" "${relations?}" "${objects?}" "${globals?}" "${rows?}" "${definitions_sql?}" "${guard_sql?}"
. ../shared/postgres-server.sh
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"' EXIT
# A name of a session has at most 63 bytes.
application="reinstate $(printf %s "$label" | sha256sum | cut -c 1-32)"
converse() {
  feed | {
    sql "$server" -d "$database" -v "name=$name" -v "sum=$sum" -v "down_sum=$down_sum" -v "changes=$changes" -v "label=$label" \
      -v "application=$application" -v "lock_timeout=${lock_timeout}s" -v "databases=$database" -v "relations=$relations" \
      -v "objects=$objects" -v "globals=$globals" -v "rows=$rows" > "$work/out" 2> "$work/err"
    echo $? > "$work/ended"
  }
}
says() {
  while :; do
    ended=$(cat "$work/ended" 2> /dev/null)
    if grep -q "^$1=" "$work/out" 2> /dev/null; then return 0; fi
    [ -z "$ended" ] || return 1
    sleep 0.1
  done
}
lines() { printf '%s\n' "$@"; }
# Reads all definitions, or runs another query, under settings that this transaction does not keep.
settled() { lines 'savepoint settled;' "$session" "$@" 'rollback to savepoint settled;' 'release savepoint settled;'; }
definitions() { settled "$definitions_sql \\gset $1"; }
# Unqualified names of the migration are looked up in its own schemas and in no other.
migrate() {
  lines "select set_config('search_path', array_to_string(array(select quote_ident(value) from jsonb_array_elements_text(:'changes') as value) || array['pg_temp'], ', '), true) as path \\gset"
  lines "$1" 'reset session authorization; reset role; set local search_path = pg_catalog;' "set local lock_timeout = :'lock_timeout';" '\echo at=end'
}
fact() { sed -n "s/^$1=//p" "$work/out" 2> /dev/null; }
# Why the session ended without a commit: $1 names the file whose line `at` is.
report_failure() {
  problem=$(fact problem)
  differs=$(fact outside | tr '\n' ';' | sed 's/;$//; s/;/; /g')
  at=$(fact at | tail -n 1)
  if [ -n "$problem" ]; then printf '%s\n' "$problem"
  elif [ -n "$differs" ]; then printf '%s changes what is not in the schemas of changes: %s. If others changed it at the same time, retry\n' "$1" "$differs"
  elif [ "$at" = ledger ]; then printf 'another migration of this database did not end within 10 minutes: %s\n' "$(why "$work/err")"
  else
    case $at in *[!0-9]* | '') at= ;; *) at=:$at ;; esac
    printf '%s%s: %s\n' "$1" "$at" "$(why "$work/err")"
    if grep -q 'lock timeout' "$work/err"; then printf 'A lock did not come within %s s%s\n' "$lock_timeout" "$(holders)"; fi
  fi
}
# The sessions that have had a transaction open for longest, which hold locks.
holders() {
  lines "select coalesce(': ' || string_agg(format('process %s of role %s, %s, %s since %s', pid, usename, coalesce(nullif(application_name, ''), 'without a name'), state, date_trunc('second', xact_start)), '; ' order by xact_start), '') from (select * from pg_stat_activity where datname = current_database() and xact_start is not null and pid <> pg_backend_pid() and backend_type = 'client backend' order by xact_start limit 3) as open;" |
    sql "$server" -d "$database" 2> /dev/null
}
