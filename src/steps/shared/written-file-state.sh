# shellcheck shell=sh
# Prints what is at the path.
. ./written-file.sh
parent=missing kind=absent
[ ! -e "${path%/*}" ] || parent=other
[ ! -d "${path%/*}" ] || parent=directory
[ ! -e "$path" ] || kind=other
printf 'symlink=%s\nparent=%s\n' "$(symlink_in "$path")" "$parent"
if [ -f "$path" ]; then
  kind='file'
  printf 'was=%s\naccess=%s\nlinks=%s\n' "$(identity "$path")" "$(access_of "$path")" "$(stat -c %h -- "$path")"
fi
printf 'kind=%s\n' "$kind"
