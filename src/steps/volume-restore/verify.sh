# shellcheck shell=sh
# shellcheck disable=SC2154
# Compares the trees. Prints files, bytes and the checksum of the manifest; on a difference `same=no`, the number of paths
# that differ, and up to ten of them, with "?" for control characters. `read_back` disk: reads the target from the disk,
# and prints `readBytes` of `storedBytes`. If the manifests are equal, a dry run of rsync compares extended attributes and
# ACLs: the letters a and x of its YXcstpoguax. It prints a newline in a name as \#012.
: "${from?}" "${read_back?}"
. ../shared/fresh-target.sh
. ../shared/tree-manifest.sh
set -eu
where=directory
[ -z "$volume" ] || where=volume
target
if ! is_published; then printf 'files=0\nbytes=0\nmanifest=\nsame=no\ndiffer=1\npath=%s is not in its place yet\n' "$called"; exit 0; fi
if [ ! -d "$from" ] || [ -n "$(symlink_in "$from")" ]; then fail "the source $from is not there any more"; fi
paths() { sed -z 's/\x01.*$//; s/^\.\///' -- "$@" | sort -zu; }
named() { head -z -n 10 | tr '\0\n' '\n?' | sed "s/^/path=/; s/$/ $1/"; }
jobs=$((($(nproc) + 1) / 2))
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' TERM INT HUP
manifest "$from" source &
side=$!
[ "$read_back" != disk ] || forget "$at"
(manifest "$at" target)
wait $side
[ "$read_back" != disk ] || print_read "$at"
printf 'files=%s\n' "$(tr -dc '\0' < "$work/source.d/sums" | wc -c)"
# A group of hard links counts once.
printf 'bytes=%s\n' "$(find "$from" -type f -printf '%D:%i %s\n' | sort -u | awk '{ sum += $2 } END { printf "%.0f", sum }')"
# The blocks on the disk: a sparse file that became a dense one has more of them.
allocated() { find "$1" -type f -printf '%D:%i %b\n' | sort -u | awk '{ sum += $2 * 512 } END { printf "%.0f", sum }'; }
printf 'sourceAllocated=%s\nallocated=%s\n' "$(allocated "$from")" "$(allocated "$at")"
sum=$(sha256sum < "$work/source")
printf 'manifest=%s\n' "${sum%% *}"
if ! cmp -s "$work/source" "$work/target"; then
  echo same=no
  comm -z -3 "$work/source" "$work/target" | sed -z 's/^\t//' | paths > "$work/differ"
  printf 'differ=%s\n' "$(tr -dc '\0' < "$work/differ" | wc -c)"
  paths "$work/source" > "$work/in-source"
  paths "$work/target" > "$work/in-target"
  comm -z -23 "$work/differ" "$work/in-target" | named "is missing in the $where"
  comm -z -23 "$work/differ" "$work/in-source" | named "is only in the $where"
  comm -z -12 "$work/differ" "$work/in-source" | comm -z -12 - "$work/in-target" | named differs
fi
if [ ! -s "$work/differ" ]; then
  rsync -aHAXn --numeric-ids --out-format='%i %n' -- "$from/" "$at/" > "$work/would" || fail "rsync could not compare the extended attributes; it ended with $?"
  # rsync also lists directories of which only the time differs: only these two letters count.
  sed -n 's/^.........\([^ ]*[ax][^ ]*\) \(.*\)$/\2/p' "$work/would" | sed 's/\(.\)\/$/\1/' > "$work/attributes"
  if [ -s "$work/attributes" ]; then
    printf 'same=no\ndiffer=%s\n' "$(wc -l < "$work/attributes")"
    head -n 10 "$work/attributes" | sed 's/^/path=/; s/$/ has other extended attributes or access lists/'
  else
    echo same=yes
  fi
fi
