# shellcheck shell=sh
# Copies what is missing into staging, and saves its manifest. The target does not change yet.
. ./trees.sh
set -eu
umask 077
mkdir -p -- "$keep"
[ ! -e "$keep/copied" ] || exit 0
no_symlink_in "$from"
no_symlink_in "$to"
[ -d "$from" ] || fail "the source $from is not there any more"
[ -n "$(find "$from" -type f -print -quit)" ] || fail "the source $from holds no file; nothing was copied"
# Only what is listed: those above are there, and stay as they are.
how=--delete
if [ "$into" = existing ]; then
  how=--files-from=$keep/added
  if [ ! -e "$keep/added" ]; then
    manifest_both
    compare_manifests
    [ ! -s "$work/differ" ] || fail "$to has other files than $from by now; nothing was written"
    cp -- "$work/missing" "$keep/added.part"
    sync -- "$keep/added.part"
    mv -f -- "$keep/added.part" "$keep/added"
  fi
fi
enter_parent || fail "$parent is not there any more; nothing was written"
[ -d "$stage" ] || mkdir -- "$stage"
(cd -P -- "$stage" && rsync -aHAX --numeric-ids --inplace --no-whole-file --from0 "$how" -- "$from/" ./)
sync -f -- "$stage"
(manifest "$stage" copied)
# A rename and a link keep the inode: an undo removes no equal file that others made.
inodes "$stage" > "$keep/inodes"
cp -- "$work/copied" "$keep/copied.part"
[ "$into" = existing ] || paths "$work/copied" > "$keep/added"
sync -- "$keep/copied.part" "$keep/added" "$keep/inodes"
mv -f -- "$keep/copied.part" "$keep/copied"
sync -- "$keep"
