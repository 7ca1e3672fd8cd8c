# shellcheck shell=sh
# Not what the path leads to by now: what was opened is at the path.
: "${path?}" "${bytes?}"
[ -f "$path" ] || exit 3
exec 7< "$path"
[ "$(readlink /proc/self/fd/7)" = "$path" ] || exit 3
head -c "$bytes" <&7
