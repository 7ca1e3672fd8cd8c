# shellcheck shell=sh
# Prints, for each of "$@", the part of the path that exists.
. ../shared/symlink-guard.sh
for path; do
  there=$path missing=0
  while [ ! -e "$there" ] && [ ! -L "$there" ]; do
    missing=$((missing + 1)) there=${there%/*}
    [ -n "$there" ] || there=/
  done
  [ -d "$there" ] && kind=directory || kind=other
  printf 'symlink=%s\nthere=%s\nkind=%s\nmissing=%s\n' "$(symlink_in "$path")" "$there" "$kind" "$missing"
  printf 'access=%s\n' "$(stat -c '%a %u %g %U %G' -- "$there")"
done
