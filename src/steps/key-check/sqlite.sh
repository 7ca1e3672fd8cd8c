# shellcheck shell=sh
# shellcheck disable=SC2154
# `begin` copies the SQLite file of the backup; `texts` prints the encrypted texts, one per line.
: "${backup?}" "${query?}" "${sqlite?}"
. ../shared/sqlite-scratch.sh
begin() {
  sqlite_begin
  [ -n "$reads" ] || { echo unread=yes; exit 0; }
  copied "$backup/$sqlite" file || broken backup 'it is written to while it is read'
}
texts() {
  printf '%s\n' "$query" | query file > "$work/texts" || { cat "$work/texts" >&2; return 1; }
  cat "$work/texts"
}
why() { grep . < "$1" | tail -n 1 | cut -c 1-400; }
