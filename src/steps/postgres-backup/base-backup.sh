# shellcheck shell=sh
# Runs below inside.sh, and prints the exit code of pg_basebackup. Every child is waited for: in most containers the server is
# process 1, which takes an orphan that ends with an error for one of its own, and restarts in recovery.
pg_basebackup -w -P -D - -F tar -X fetch -c fast --manifest-checksums=SHA256 >&4 3<&- &
backup=$!
{ read -r _ <&3; kill "$backup"; } > /dev/null 2>&1 4>&- &
watch=$!
wait "$backup"
ended=$?
kill "$watch" 2> /dev/null
wait "$watch" 2> /dev/null
echo "$ended"
