# shellcheck shell=sh
# Prints `SECONDS RUN-TOKEN JSON` for the newest notes of runs. receipts: the directory of all receipts. of: the middle of the
# name of a note's receipt. A note of more than limit_bytes has no JSON.
: "${receipts?}" "${of?}" "${limit_runs?}" "${limit_bytes?}"
for receipt in "$receipts"/*"$of"*; do
  # No argument list shows a token.
  cd "$receipt" 2> /dev/null && [ -f journal.json ] || continue
  printf '%s %s\n' "$(stat -c %Y journal.json)" "${receipt##*/}"
done | sort -rn | head -n "$limit_runs" | while read -r seconds token; do
  printf '%s %s ' "$seconds" "${token%%_*}"
  cd "$receipts/$token" && [ "$(wc -c < journal.json)" -le "$limit_bytes" ] && cat journal.json
  echo
done
