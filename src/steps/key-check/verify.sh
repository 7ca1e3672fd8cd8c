# shellcheck shell=sh
# shellcheck disable=SC2154
# Queries the texts and tries REINSTATE_KEY on each. Prints the number of texts and of decrypted ones, or `broken=` and the
# reason why they cannot be read. Writes no text, encrypted or not, to a disk or to its output.
: "${backup?}" "${database?}" "${query?}"
. ../shared/postgres-scratch.sh
. ../shared/postgres-server.sh
set -u
umask 077
export LC_ALL=C PGOPTIONS='-c default_transaction_read_only=on'
broken() { printf 'broken=%s\n' "$1"; exit 0; }
said=$(mktemp) || exit 3
trap 'rm -f -- "$said"; scratch_end' EXIT
trap 'exit 1' TERM INT HUP
scratch_clear
if [ -z "$backup" ]; then
  find_server || report_problem
else
  find_data "$backup"
  [ -z "$problem" ] || broken "it $problem"
  scratch_copy key "$data" 2> "$said" || broken "${problem:-$(why "$said")}"
  scratch_start key 2> "$said" || broken "a scratch server of $image does not start on a copy of it: ${problem:-$(why "$said")}"
fi
texts=$(sql "$server" -d "$database" -c "$query" < /dev/null 2> "$said") || broken "$(why "$said")"
# A wrong key fails by the padding, or gives noise one time in 256: only JSON counts.
opens() {
  plain=$({ printf %s "$1" | openssl enc -d -aes-256-cbc -md md5 -base64 -A -pass env:REINSTATE_KEY 2> /dev/null && printf +; } | tr -d '\000')
  case $plain in '{'*'}+' | '['*']+') return 0 ;; *) return 1 ;; esac
}
tried=0 opened=0
while IFS= read -r text; do
  [ -n "$text" ] || continue
  tried=$((tried + 1))
  if opens "$text"; then opened=$((opened + 1)); fi
done <<END
$texts
END
printf 'texts=%s\nopened=%s\n' "$tried" "$opened"
