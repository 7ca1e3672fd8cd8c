# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154
# `read_list LIMIT` reads the whole archive once, at most LIMIT bytes of it unpacked, and prints what is wrong with it, or what
# `scan`, an awk program, finds in the list of its members. `work` then holds, for each of `froms`, a line each, N.members and
# N.order. A tar without its last blocks was cut between two members, which tar does not say.
: "${scan?}" "${froms?}"
. ./archive.sh
read_list() {
  mkfifo "$work/counted" "$work/ends"
  wc -c < "$work/counted" > "$work/bytes" & counting=$!
  tail -c 1024 < "$work/ends" | tr -d '\0' | wc -c > "$work/rest" & ending=$!
  unpacked | head -c "$1" | tee "$work/counted" "$work/ends" |
    tar -tvv --xattrs --xattrs-include='*' --acls --full-time --numeric-owner --quoting-style=c -f - > "$work/list" 2> "$work/tar-error" ||
    echo $? > "$work/tar-failed"
  wait "$counting" "$ending"
  unpacked_bytes=$(($(cat "$work/bytes")))
  printf 'unpackedBytes=%s\n' "$unpacked_bytes"
  if [ "$unpacked_bytes" -ge "$1" ]; then echo limit=reached
  elif [ -e "$work/decrypt-failed" ]; then printf 'undecrypted=%s\n' "$(grep . "$work/decrypt-error" | tail -n 1 | cut -c 1-200)"
  elif [ -e "$work/unpack-failed" ]; then printf 'unreadable=%s\n' "$(grep . "$work/unpack-error" | head -n 1 | cut -c 1-200)"
  elif grep -q 'does not look like a tar archive' "$work/tar-error"; then echo format=other
  elif [ -e "$work/tar-failed" ]; then printf 'unreadable=%s\n' "$(grep . "$work/tar-error" | head -n 1 | cut -c 1-200)"
  elif [ "$(($(cat "$work/rest")))" != 0 ]; then echo 'unreadable=the blocks of zeros at its end are missing'
  else FROMS="$froms" awk -v out="$work" "$scan" < "$work/list"; fi
}
