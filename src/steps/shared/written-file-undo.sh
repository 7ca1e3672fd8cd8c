# shellcheck shell=sh
# Puts the old file back. What others have written since the step is set aside and named: `aside=`. The file is moved away
# before it is compared, so that what is written until then is not lost either. With `keeps_originals`, the step can write again.
. ./written-file-originals.sh
set -eu
umask 077
[ -e "$keep/old" ] || [ -e "$keep/absent" ] || exit 0
old=$keep/old
[ -e "$old" ] || old=none
finish() {
  if [ -n "${private_path-}" ]; then
    for aside in "$private"/set-aside-*; do [ ! -e "$aside" ] || printf 'aside=%s\n' "$private_path/${aside##*/}"; done
    close_private
  fi
  [ $# -gt 0 ] || [ -n "${keeps_originals-}" ] || rm -f -- "$keep/old" "$keep/absent" "$keep/wrote" "$keep/placed"
  [ $# -eq 0 ] || printf 'left=%s\n' "$*"
  exit 0
}
# No attempt came to write: whatever is there is of others.
[ -s "$keep/wrote" ] || finish
link=$(symlink_in "$path")
[ -z "$link" ] || finish "$link became a symbolic link; the old file: $old"
if ! enter "${path%/*}"; then
  [ "$old" != none ] || finish
  finish "its directory is gone; the old file: $old"
fi
open_private
displaced=$private/displaced
settle() {
  if [ ! -e "$displaced" ] && [ ! -L "$displaced" ]; then return 0; fi
  if is_file "$displaced" && is_known "$displaced"; then rm -f -- "$displaced"; return 0; fi
  mv -nT -- "$displaced" "$private/set-aside-$(identity "$displaced")"
  sync -- "$private"
}
rm -f -- "$private/new"
settle
if [ -e "$name" ] || [ -L "$name" ]; then
  is_file "$name" || finish "it is no file any more; the old file: $old"
  if [ "$old" != none ] && equals "$old" "$name"; then finish; fi
  # What was cut off before it wrote leaves a file of others. An older version recorded no `placed`.
  [ -e "$keep/placed" ] || is_known "$name" || grep -qx '[^ ]*' -- "$keep/wrote" || finish "others wrote it before this step did; the old file: $old"
  mv -nT -- "$name" "$displaced"
  settle
fi
if [ "$old" != none ]; then
  cp -a -- "$old" "$private/new"
  sync -- "$private/new"
  place new "${path##*/}" || finish "something else is there by now; the old file: $old"
fi
sync -- .
finish
