# shellcheck shell=sh
# Prints what decides whether a running server can be backed up to `to`, and whether this step has done so already: `done=yes`.
: "${image?}" "${facts?}"
. ../shared/postgres-server.sh
. ../shared/postgres-major.sh
. ./staged.sh
set -u
printf 'symlink=%s\n' "$(symlink_in "$to")"
parent=missing there=no
[ ! -e "${to%/*}" ] || parent=other
if [ -d "${to%/*}" ]; then
  parent=directory
  printf 'free=%s\n' "$(($(df -B1 --output=avail -- "${to%/*}" | tail -n 1)))"
fi
if [ -e "$to" ] || [ -L "$to" ]; then there=yes; fi
printf 'parent=%s\nthere=%s\n' "$parent" "$there"
if is_placed; then echo done=yes; exit 0; fi
docker info > /dev/null || exit 3
major=$(major_of "$image") && printf 'imageMajor=%s\n' "$major"
find_server || report_problem
errors=$(mktemp) || exit 3
trap 'rm -f -- "$errors"' EXIT
sql "$server" -d postgres -c "$facts" < /dev/null 2> "$errors" || { printf 'failed=%s\n' "$(why "$errors")"; exit 0; }
docker exec "$server" sh -c 'command -v pg_basebackup' > /dev/null < /dev/null || echo lacks=pg_basebackup
# Logs in as pg_basebackup does: pg_hba.conf has lines of its own for replication.
sql "$server" -d 'dbname=replication replication=yes' -c IDENTIFY_SYSTEM < /dev/null > /dev/null 2> "$errors" || printf 'refused=%s\n' "$(why "$errors")"
