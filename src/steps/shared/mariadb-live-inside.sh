# shellcheck shell=sh
# Runs in the container of a server that serves people: it only reads, and gives up each table after a minute. SQL on stdin. Its
# user is root or the one that the variables of the image name; the password stays in the container.
client=$(command -v mariadb || command -v mysql) || { echo 'its image has no client' >&2; exit 1; }
ask() { "$client" -u "$user" -N -B -r "$@"; }
log_in() { # USER PASSWORD
  user=$1 MYSQL_PWD=$2
  export MYSQL_PWD
  [ -n "$user" ] && ask -e 'select 1' > /dev/null 2>&1
}
queries=$(cat)
log_in root "${MARIADB_ROOT_PASSWORD:-${MYSQL_ROOT_PASSWORD:-$(cat "${MARIADB_ROOT_PASSWORD_FILE:-${MYSQL_ROOT_PASSWORD_FILE:-/dev/null}}")}}" ||
  log_in root '' ||
  log_in "${MARIADB_USER:-${MYSQL_USER:-}}" "${MARIADB_PASSWORD:-${MYSQL_PASSWORD:-$(cat "${MARIADB_PASSWORD_FILE:-${MYSQL_PASSWORD_FILE:-/dev/null}}")}}" ||
  { echo 'no user that its environment names can log in' >&2; exit 1; }
until=$(($(date +%s) + 120))
statements=$(printf '%s\n' "$queries" | sed "s/UNTIL/$until/" | ask) || exit
# Each table is asked by itself: one that cannot be read does not stop the others.
printf '%s\n' 'set session transaction read only; set session max_statement_time = 60; set session lock_wait_timeout = 2;' "$statements" | ask --force 2> /dev/null
exit 0
