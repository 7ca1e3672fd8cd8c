# shellcheck shell=sh
# shellcheck disable=SC2034
# `manifest_both` writes the manifests of $from and $to. `compare_manifests` then writes three lists of paths: `missing`
# from the target, `differ` from the source, and `extra`, which only the target has. If the target existed before the
# step, a directory in it keeps its mode and owner, and may hold more.
# `enter_parent` enters the directory that the copy is renamed into, and opens the private directory with staging, $stage.
: "${from?}" "${to?}" "${into?}"
. ../shared/private-directory.sh
. ../shared/tree-manifest.sh
paths() { sed -z 's/\x01.*$//; s/^\.\///' -- "$@" | sort -zu; }
inodes() { find "$1" -printf '%i %P\0' | sed -z 's/^\([0-9]*\) $/\1 ./' | sort -z; }
counted() { tr -dc '\0' < "$1" | wc -c; }
named() { head -z -n 10 "$work/$1" | tr '\0\n' '\n?' | sed "s/^/$1=/"; }
manifest_both() {
  manifest "$from" source &
  side=$!
  (manifest "$to" target) && wait $side
}
comparable() { if [ "$into" = existing ]; then sed -z 's/\x01d .*$/\x01d/' -- "$1" | sort -z; else cat -- "$1"; fi; }
compare_manifests() {
  for tree in source target; do comparable "$work/$tree" > "$work/$tree.c"; paths "$work/$tree" > "$work/$tree.p"; done
  comm -z -23 "$work/source.c" "$work/target.c" | paths > "$work/other"
  comm -z -13 "$work/source.c" "$work/target.c" | paths | comm -z -12 - "$work/source.p" | sort -zu - "$work/other" > "$work/either"
  [ "$into" = existing ] || mv -- "$work/either" "$work/other"
  comm -z -23 "$work/other" "$work/target.p" > "$work/missing"
  comm -z -12 "$work/other" "$work/target.p" > "$work/differ"
  comm -z -13 "$work/source.p" "$work/target.p" > "$work/extra"
}
parent=${to%/*} name=./${to##*/} stage=$private/stage
[ "$into" = fresh ] || parent=$to
enter_parent() { enter "$parent" && open_private; }
jobs=$((($(nproc) + 1) / 2))
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' TERM INT HUP
