# shellcheck shell=sh
# Prints what is at the path, and whether it has the wanted bytes.
. ./private-file.sh
parent=missing kind=absent same=no
[ ! -e "${path%/*}" ] || parent=other
[ ! -d "${path%/*}" ] || parent=directory
[ ! -e "$path" ] || kind=other
printf 'symlink=%s\nparent=%s\n' "$(symlink_in "$path")" "$parent"
if [ -f "$path" ]; then
  kind='file'
  printf 'was=%s\naccess=%s\nlinks=%s\n' "$(identity "$path")" "$(stat -c '%a %u %g %U %G' -- "$path")" "$(stat -c %h -- "$path")"
  ! make_file | cmp -s - "$path" || same=yes
fi
printf 'kind=%s\nsame=%s\n' "$kind" "$same"
