# shellcheck shell=sh
# `identity_of PATH` prints its inode and time of birth, which a rename keeps, or `absent`; an inode alone may be given to
# another file at once. `rename FROM TO IDENTITY` never copies, and never goes into or over what is there.
. ./symlink-guard.sh
identity_of() { if [ -e "$1" ] || [ -L "$1" ]; then stat -c %i.%.W -- "$1"; else printf absent; fi; }
rename() {
  [ "$(stat -c %m -- "$1")" = "$(stat -c %m -- "${2%/*}")" ] || fail "$1 and ${2%/*} are not on the same file system; nothing was moved"
  [ "$(identity_of "$2")" = absent ] || fail "$2 is there; nothing was moved"
  # Older versions do not know --no-copy; the mount points are compared for them.
  no_copy=--no-copy
  mv --no-copy --version > /dev/null 2>&1 || no_copy=
  # shellcheck disable=SC2086
  mv -nT $no_copy -- "$1" "$2"
  if [ "$(identity_of "$2")" != "$3" ] || [ "$(identity_of "$1")" = "$3" ]; then fail "$1 was not moved to $2: something else is there by now"; fi
  sync -- "${1%/*}" "${2%/*}"
}
