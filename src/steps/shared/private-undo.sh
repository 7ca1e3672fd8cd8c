# shellcheck shell=sh
# Puts back what was kept. What others have written since is set aside there, and named: `aside=`.
. ./private-originals.sh
set -eu
umask 077
rm -f -- "$beside"
[ -e "$keep/old" ] || [ -e "$keep/absent" ] || exit 0
done_with() { rm -f -- "$keep/old" "$keep/absent" "$keep/old.access" "$keep/wrote"; exit 0; }
left() { printf 'left=%s\n' "$*"; exit 0; }
old=$keep/old
[ -e "$old" ] || old=none
if [ "$old" = none ] && [ ! -e "$path" ]; then done_with; fi
link=$(symlink_in "$path")
[ -z "$link" ] || left "$link became a symbolic link; the old file: $old"
[ -d "${path%/*}" ] || left "its directory is gone; the old file: $old"
[ ! -e "$path" ] || [ -f "$path" ] || left "it is no file any more; the old file: $old"
if ! ours; then
  aside=$keep/set-aside-$(identity "$path")
  cp -a -- "$path" "$aside"
  chmod 600 -- "$aside"
  sync -- "$aside"
  echo "aside=$aside"
fi
if [ "$old" = none ]; then
  rm -f -- "$path"
else
  read -r mode owner < "$keep/old.access"
  cp -a -- "$old" "$beside"
  chown -- "$owner" "$beside"
  chmod -- "$mode" "$beside"
  sync -- "$beside"
  mv -fT -- "$beside" "$path"
fi
sync -- "${path%/*}"
done_with
