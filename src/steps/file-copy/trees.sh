# shellcheck shell=sh
# shellcheck disable=SC2034
# `manifest_both` writes the manifests of $from and $to. `lacking` then writes three lists of paths: `missing`, which the
# target does not have, `differ`, which it has otherwise, and `extra`, which only it has. Where the target was there before,
# a directory in it keeps its own mode and owner, and what else is there is its own.
# `stage` is on the target's file system, and has the owner label in its name.
: "${from?}" "${to?}" "${into?}" "${stage?}" "${keep?}"
. ../shared/symlink-guard.sh
. ../shared/tree-manifest.sh
paths() { sed -z 's/\x01.*$//; s/^\.\///' -- "$@" | sort -zu; }
counted() { tr -dc '\0' < "$1" | wc -c; }
named() { head -z -n 10 "$work/$1" | tr '\0\n' '\n?' | sed "s/^/$1=/"; }
manifest_both() {
  manifest "$from" source &
  side=$!
  (manifest "$to" target) && wait $side
}
comparable() { if [ "$into" = existing ]; then sed -z 's/\x01d .*$/\x01d/' -- "$1" | sort -z; else cat -- "$1"; fi; }
lacking() {
  for tree in source target; do comparable "$work/$tree" > "$work/$tree.c"; paths "$work/$tree" > "$work/$tree.p"; done
  comm -z -23 "$work/source.c" "$work/target.c" | paths > "$work/other"
  comm -z -13 "$work/source.c" "$work/target.c" | paths | comm -z -12 - "$work/source.p" | sort -zu - "$work/other" > "$work/either"
  [ "$into" = existing ] || mv -- "$work/either" "$work/other"
  comm -z -23 "$work/other" "$work/target.p" > "$work/missing"
  comm -z -12 "$work/other" "$work/target.p" > "$work/differ"
  comm -z -13 "$work/source.p" "$work/target.p" > "$work/extra"
}
jobs=$((($(nproc) + 1) / 2))
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' TERM INT HUP
