# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154
# `read_list LIMIT` reads the whole archive once, at most LIMIT bytes of it unpacked, and prints what is wrong with it, or what
# `scan`, an awk program, finds in the list of its members. `work` then holds, for each of `froms`, a line each, N.members and
# N.order. tar stops at the first block of zeros, and what follows would be lost without a word: it reads on here, and zeros before
# the last member are refused. A tar without its two last blocks of zeros was cut between two members, which tar does not say either.
: "${scan?}" "${froms?}"
. ./archive.sh
read_list() {
  mkfifo "$work/counted"
  wc -c < "$work/counted" > "$work/bytes" & counting=$!
  unpacked | head -c "$1" | tee "$work/counted" |
    tar -tvv --ignore-zeros --block-number --xattrs --xattrs-include='*' --acls --full-time --numeric-owner --quoting-style=c -f - \
      > "$work/numbered" 2> "$work/tar-error" || echo $? > "$work/tar-failed"
  wait "$counting"
  awk -v ends="$work/ends" '
    { while (sub(/^block [0-9]+: /, "")); }
    $0 == "** Block of NULs **" { zeros++; next }
    $0 == "** End of File **" { next }
    zeros { isBefore = 1 }
    { print }
    END { print isBefore ? "before" : zeros < 2 ? "missing" : "whole" > ends }' "$work/numbered" > "$work/list" || echo $? > "$work/tar-failed"
  unpacked_bytes=$(($(cat "$work/bytes")))
  printf 'unpackedBytes=%s\n' "$unpacked_bytes"
  if [ "$unpacked_bytes" -ge "$1" ]; then echo limit=reached
  elif [ -e "$work/decrypt-failed" ]; then printf 'undecrypted=%s\n' "$(grep . "$work/decrypt-error" | tail -n 1 | cut -c 1-200)"
  elif [ -e "$work/unpack-failed" ]; then printf 'unreadable=%s\n' "$(grep . "$work/unpack-error" | head -n 1 | cut -c 1-200)"
  elif grep -q 'does not look like a tar archive' "$work/tar-error"; then echo format=other
  elif [ -e "$work/tar-failed" ]; then printf 'unreadable=%s\n' "$(grep . "$work/tar-error" | head -n 1 | cut -c 1-200)"
  elif [ "$(cat "$work/ends")" = before ]; then echo 'unreadable=a block of zeros stands before its last member: it is damaged, or several archives follow each other'
  elif [ "$(cat "$work/ends")" != whole ]; then echo 'unreadable=the blocks of zeros at its end are missing'
  else FROMS="$froms" awk -v out="$work" "$scan" < "$work/list"; fi
}
