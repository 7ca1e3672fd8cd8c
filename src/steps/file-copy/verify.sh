# shellcheck shell=sh
# Compares both trees and prints how many paths there are, what differs, and up to ten names to each.
: "${read_back?}"
. ./trees.sh
for tree in "$from" "$to"; do if [ ! -d "$tree" ] || [ -n "$(symlink_in "$tree")" ]; then fail "$tree is not a directory there"; fi; done
[ "$read_back" != disk ] || forget "$to"
manifest_both || exit 3
[ "$read_back" != disk ] || told_read "$to"
compare_manifests
sum=$(sha256sum < "$work/source")
printf 'manifest=%s\nfiles=%s\n' "${sum%% *}" "$(counted "$work/source.d/sums")"
# As they are copied: of a group of hard links once.
printf 'bytes=%s\n' "$(find "$from" -type f -printf '%D:%i %s\n' | sort -u | awk '{ sum += $2 } END { printf "%.0f", sum }')"
for list in missing differ extra; do printf '%sCount=%s\n' "$list" "$(counted "$work/$list")"; named "$list"; done
