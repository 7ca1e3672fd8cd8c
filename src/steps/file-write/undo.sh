# shellcheck shell=sh
# Puts back what was kept. What others have written since is set aside there, and named: `aside=`.
: "${sha256?}"
. ./file.sh
set -eu
umask 077
rm -f -- "$beside"
[ -e "$keep/old" ] || [ -e "$keep/absent" ] || exit 0
if [ ! -e "$keep/old" ] && [ ! -e "$path" ]; then rm -f -- "$keep/absent"; exit 0; fi
link=$(symlink_in "$path")
if [ -n "$link" ]; then echo "left=$link became a symbolic link; the old file is $keep/old"; exit 0; fi
if [ ! -d "${path%/*}" ]; then echo "left=its directory is gone; the old file is $keep/old"; exit 0; fi
if [ -e "$path" ] && [ ! -f "$path" ]; then echo "left=it is no file any more; the old file is $keep/old"; exit 0; fi
now=$(sum_now) old=absent
[ ! -e "$keep/old" ] || { old=$(sha256sum < "$keep/old"); old=${old%% *}; }
case $now in
absent | "$sha256" | "$old") ;;
*)
  cp -a -- "$path" "$keep/set-aside-$now"
  sync -- "$keep/set-aside-$now"
  echo "aside=$keep/set-aside-$now"
  ;;
esac
if [ "$old" = absent ]; then
  rm -f -- "$path"
else
  cp -a -- "$keep/old" "$beside"
  sync -- "$beside"
  mv -fT -- "$beside" "$path"
fi
sync -- "${path%/*}"
rm -f -- "$keep/old" "$keep/absent"
