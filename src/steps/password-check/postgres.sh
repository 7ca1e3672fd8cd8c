# shellcheck shell=sh
# shellcheck disable=SC2154
# `roles` lists those that may log in to the scratch server, `login ROLE` tries PASSWORD.
. ../shared/postgres-scratch.sh
. ../shared/postgres-server.sh
only_roles=yes
roles() { sql "$server" -d template1 -c "select rolname from pg_roles where rolcanlogin and rolname <> 'reinstate_scratch' order by oid limit 50" < /dev/null; }
login() {
  PGPASSWORD=$PASSWORD docker exec -i -e PGPASSWORD "$server" psql -X -q -A -t -w -U "$1" -d template1 -c 'select 1' && return
  # Refused only after the password was accepted.
  grep -q 'permission denied for database' "$work/err"
}
