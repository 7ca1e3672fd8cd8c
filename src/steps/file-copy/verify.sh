# shellcheck shell=sh
# Compares both trees. Prints counts of files and bytes, and of each list of differences the count and up to ten names.
: "${read_back?}"
. ./trees.sh
for tree in "$from" "$to"; do if [ ! -d "$tree" ] || [ -n "$(symlink_in "$tree")" ]; then fail "$tree is not a directory there"; fi; done
[ "$read_back" != disk ] || forget "$to"
manifest_both || exit 3
[ "$read_back" != disk ] || print_read "$to"
compare_manifests
sum=$(sha256sum < "$work/source")
printf 'manifest=%s\nfiles=%s\n' "${sum%% *}" "$(counted "$work/source.d/sums")"
# A group of hard links counts once.
printf 'bytes=%s\n' "$(find "$from" -type f -printf '%D:%i %s\n' | sort -u | awk '{ sum += $2 } END { printf "%.0f", sum }')"
for list in missing differ extra; do printf '%sCount=%s\n' "$list" "$(counted "$work/$list")"; named "$list"; done
