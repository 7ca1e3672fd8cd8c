# shellcheck shell=sh
: "${from?}" "${to?}"
. ../shared/path-references.sh
. ../shared/rename.sh
parent=missing
[ ! -e "${to%/*}" ] || parent=other
[ ! -d "${to%/*}" ] || parent=directory
printf 'symlinkFrom=%s\nsymlinkTo=%s\n' "$(symlink_in "$from")" "$(symlink_in "$to")"
identity=$(identity_of "$from") same=no
printf 'identity=%s\nthere=%s\nparent=%s\n' "$identity" "$(identity_of "$to")" "$parent"
if [ "$identity" != absent ]; then
  if [ "$parent" = directory ] && [ "$(stat -c %m -- "$from")" = "$(stat -c %m -- "${to%/*}")" ]; then same=yes; fi
  mounted=$(mounts_in "$from") || exit 3
  bound=$(binds_in "$from") || exit 3
  printf '%s\n' "$mounted" | sed -n 's/^./mounted=&/p'
  printf '%s\n' "$bound" | sed -n 's/^./bound=&/p'
fi
printf 'sameMount=%s\n' "$same"
