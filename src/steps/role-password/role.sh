# shellcheck shell=sh
# shellcheck disable=SC2034,SC2153,SC2154
# The password is in the environment: PASSWORD.
: "${role?}" "${database?}"
. ../shared/postgres-server.sh
# Role names have no quotes or backslashes.
literal="'$role'"
said=$(mktemp) || exit 3
trap 'rm -f -- "$said"' EXIT
role_is() {
  sql "$server" -d "$database" -c "select case when not rolcanlogin then 'without login' when rolvaliduntil < now() then 'expired' else 'there' end from pg_roles where rolname = $literal" < /dev/null
}
verifier() {
  sql "$server" -d "$database" -c "select coalesce('is ' || rolpassword, 'none') from pg_authid where rolname = $literal" < /dev/null
}
find_address() {
  address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{println .IPAddress}}{{end}}' "$server" | grep . | head -n 1)
  [ -n "$address" ] || { problem='its container has no network of its own for a login'; return 1; }
}
# Arguments are readable by all users; -e without a value takes the password from the environment.
login() (
  PGPASSWORD=$PASSWORD
  export PGPASSWORD
  docker exec -i -e PGPASSWORD -e PGCONNECT_TIMEOUT=10 "$server" psql -X -q -A -t -w -h "$address" -U "$role" -d "$database" -c 'select 1' < /dev/null > /dev/null 2> "$said"
)
