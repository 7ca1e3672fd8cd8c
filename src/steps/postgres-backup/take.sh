# shellcheck shell=sh
# Streams a base backup from the server's container into $stage. `inside` and `base_backup` are the scripts that run there.
: "${inside?}" "${base_backup?}"
. ../shared/postgres-server.sh
. ./staged.sh
set -eu
umask 077
mkdir -p -- "$keep"
if is_placed || [ -e "$keep/recovered" ] || [ -e "$keep/taken" ]; then exit 0; fi
find_server || fail "$problem"
enter_parent
rm -rf -- "$stage"
mkdir -- "$stage"
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' TERM INT HUP
# Only this shell has the writing end: however it dies, the programs in the server's container see the end of their stdin.
mkfifo "$work/alive"
exec 7<> "$work/alive"
slot=reinstate_$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
{
  docker exec -i -e PGPASSWORD -e PGCONNECT_TIMEOUT=10 -e "BASE_BACKUP=$base_backup" -e "PGUSER=$user" "$server" \
    sh -c "$inside" sh "$slot" < "$work/alive" || echo $? > "$work/failed"
} 7<&- | tar -C "$stage" --numeric-owner -xpf - 7<&- || echo "of tar $?" > "$work/failed"
exec 7<&-
if [ -e "$work/failed" ]; then
  # The disk may be the server's own.
  rm -rf -- "$stage"
  fail "pg_basebackup did not finish: exit code $(cat "$work/failed"); what it wrote was removed"
fi
access=$(docker exec "$server" sh -c 'stat -c "%u:%g %a" -- "$1"' sh "$(sql "$server" -d postgres -c 'show data_directory' < /dev/null)" < /dev/null)
# pg_basebackup gives the manifest, which it adds itself, another owner.
chown -- "${access% *}" "$stage" "$stage/backup_manifest"
chmod -- "${access#* }" "$stage"
sync -f -- "$stage"
: > "$keep/taken"
sync -- "$keep"
