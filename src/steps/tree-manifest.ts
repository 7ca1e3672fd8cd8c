import { sh } from '../shell/script.ts'

/**
 * `manifest TREE NAME` writes $work/NAME: a record to each path of a tree, ended by NUL, so that any name is safe. It
 * holds type, mode, owner, size, link target, hard-link group and the sha256 of every file, and is sorted. Each file is
 * read once; the sums of one tree are made by $jobs processes, each of which writes to a file of its own.
 */
export const manifestWords = sh`
export LC_ALL=C
manifest() {
  mkdir -- "$work/$2.d"
  cd -- "$1" || return 1
  find . \\( -type d -printf '%p\\001%y %m %U %G\\0' \\) -o \\( -type f -printf '%p\\001%y %m %U %G %s\\0' \\) \\
    -o -printf '%p\\001%y %m %U %G %l\\0' > "$work/$2.d/a" || return 1
  # A group is called by the first of its names; names outside the tree make none. A newline in a name would end awk's record: it is written as \\002 here.
  find . -type f -links +1 -printf '%D:%i %p\\0' | tr '\\n\\0' '\\002\\n' | sort | awk '
    { group = $1; sub(/^[^ ]* /, "") }
    group != last { first = $0; last = group; told = 0; next }
    !told { told = 1; printf "%s\\001linked to %s%c", first, first, 0 }
    { printf "%s\\001linked to %s%c", $0, first, 0 }
  ' > "$work/$2.d/links" || return 1
  find . -type f -print0 | xargs -0 -r -n 64 -P "$jobs" sh -c 'exec sha256sum -z -- "$@" >> "$0.$$"' "$work/$2.d/sum" || return 1
  cat "$work/$2.d"/sum.* 2>/dev/null | sed -z 's/^\\([0-9a-f]*\\)  \\(.*\\)$/\\2\\x01sha256 \\1/' > "$work/$2.d/sums" || return 1
  sort -z "$work/$2.d/a" "$work/$2.d/links" "$work/$2.d/sums" > "$work/$2"
}`

/**
 * Compares the trees $from and $at. Prints files, bytes and the manifest's sum; where they differ \`same=no\`, the number
 * of paths that differ (they are in $work/differ) and up to ten of them, where characters that a line cannot hold are shown as "?". The target is called $where, or volume.
 */
export const compareTrees = sh`
paths() { sed -z 's/\\x01.*$//; s/^\\.\\///' -- "$@" | sort -zu; }
named() { head -z -n 10 | tr '\\0\\n' '\\n?' | sed "s/^/path=/; s/$/ $1/"; }
jobs=$((($(nproc) + 1) / 2))
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' TERM INT HUP
manifest "$from" source &
side=$!
manifest "$at" target
wait $side
printf 'files=%s\\n' "$(tr -dc '\\0' < "$work/source.d/sums" | wc -c)"
printf 'bytes=%s\\n' "$(tr '\\0\\n' '\\n?' < "$work/source.d/a" | sed -n 's/^.*\\x01f //p' | awk '{ sum += $4 } END { printf "%.0f", sum }')"
sum=$(sha256sum < "$work/source")
printf 'manifest=%s\\n' "\${sum%% *}"
if ! cmp -s "$work/source" "$work/target"; then
  echo same=no
  comm -z -3 "$work/source" "$work/target" | sed -z 's/^\\t//' | paths > "$work/differ"
  printf 'differ=%s\\n' "$(tr -dc '\\0' < "$work/differ" | wc -c)"
  paths "$work/source" > "$work/in-source"
  paths "$work/target" > "$work/in-target"
  comm -z -23 "$work/differ" "$work/in-target" | named "is missing in the \${where:-volume}"
  comm -z -23 "$work/differ" "$work/in-source" | named "is only in the \${where:-volume}"
  comm -z -12 "$work/differ" "$work/in-source" | comm -z -12 - "$work/in-target" | named differs
fi`
