# shellcheck shell=sh
: "${path?}"
. ../shared/symlink-guard.sh
parent=missing kind=absent sum=
[ ! -e "${path%/*}" ] || parent=other
[ ! -d "${path%/*}" ] || parent=directory
[ ! -e "$path" ] || kind=other
printf 'symlink=%s\nparent=%s\n' "$(symlink_in "$path")" "$parent"
if [ -f "$path" ]; then
  kind=file sum=$(sha256sum < "$path") || exit 2
  printf 'access=%s\nsizeBytes=%s\nlinks=%s\n' \
    "$(stat -c '%a %u %g %U %G' -- "$path")" "$(stat -c %s -- "$path")" "$(stat -c %h -- "$path")"
fi
printf 'kind=%s\nsha256=%s\n' "$kind" "${sum%% *}"
