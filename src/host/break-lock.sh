# shellcheck shell=sh
# Removes a lock, unless it has another holder now. Logs the reason first.
: "${lock?}" "${expected?}" "${reason?}" "${log?}"
read -r holder < "$lock"
[ "$holder" = "$expected" ] || {
  echo "the lock has another holder now" >&2
  exit 3
}
umask 077
printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$reason" >> "$log"
sync
rm -- "$lock"
sync
