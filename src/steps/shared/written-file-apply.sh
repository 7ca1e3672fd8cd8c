# shellcheck shell=sh
# Saves the old file, then replaces it by a rename. Fails if the file is neither the one that was inspected nor one that an
# earlier attempt wrote. `old` or `absent` is saved before anything changes.
: "${was?}" "${owner?}" "${mode?}"
. ./written-file-originals.sh
set -eu
umask 077
mkdir -p -- "$keep"
no_symlink_in "$path"
enter "${path%/*}" || fail "the directory of $path is not there any more; nothing was written"
now=absent
if [ -e "$name" ] || [ -L "$name" ]; then
  is_file "$name" || fail "$path is not a file; nothing was written"
  now=$(identity "$name")
fi
if [ ! -e "$keep/old" ] && [ ! -e "$keep/absent" ]; then
  [ "$now" = "$was" ] || fail "$path was changed since it was inspected; nothing was written; inspect it again"
  if [ "$now" = absent ]; then
    : > "$keep/absent"
  else
    rm -f -- "$keep/old.part"
    cp -a -- "$name" "$keep/old.part"
    is_file "$keep/old.part" && [ "$(identity "$name")" = "$was" ] || fail "$path was changed while it was saved; nothing was written"
    sync -- "$keep/old.part"
    mv -f -- "$keep/old.part" "$keep/old"
  fi
  sync -- "$keep"
elif [ "$now" != absent ]; then
  is_known "$name" || fail "$path was changed by others while the step was interrupted; nothing was written"
fi
open_private
new=$private/new
rm -f -- "$new"
make_file > "$new" || fail "$path could not be written whole; is the disk full?"
chown -- "$owner" "$new"
chmod -- "$mode" "$new"
# An earlier attempt may have finished.
if [ "$now" != absent ] && equals "$new" "$name"; then
  rm -f -- "$new"
else
  written "$new" >> "$keep/wrote"
  sync -- "$keep/wrote" "$new"
  mv -fT -- "$new" "$name"
  sync -- .
  : > "$keep/placed"
fi
close_private
