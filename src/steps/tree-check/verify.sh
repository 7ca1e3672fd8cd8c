# shellcheck shell=sh
# Compares the entries of a directory with "$@": each is a type and a path relative to it.
: "${path?}"
. ../shared/symlink-guard.sh
export LC_ALL=C
link=$(symlink_in "$path")
if [ -n "$link" ]; then state="reached by the symbolic link $link"
elif [ -d "$path" ]; then state=directory
elif [ -e "$path" ]; then state='not a directory'
else state=missing; fi
printf 'state=%s\n' "$state"
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' TERM INT HUP
printf '%s\0' "$@" | sort -z > "$work/wanted"
: > "$work/found"
[ "$state" != directory ] || find "$path" -mindepth 1 \
  \( -type d -printf 'directory %P\0' -o -type f -printf 'file %P\0' -o -type l -printf 'symbolic link %P\0' -o -printf 'special file %P\0' \) |
  sort -z > "$work/found"
print_list() {
  printf '%sCount=%s\n' "$1" "$(tr -dc '\0' < "$work/$1" | wc -c)"
  head -z -n 10 "$work/$1" | tr '\0\n' '\n?' | sed "s/^/$1=/"
}
comm -z -23 "$work/wanted" "$work/found" > "$work/missing"
comm -z -13 "$work/wanted" "$work/found" > "$work/extra"
print_list missing
print_list extra
