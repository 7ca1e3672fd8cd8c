# shellcheck shell=sh
# `identity_of PATH` prints its inode and time of birth, which a rename keeps, or `absent`; an inode alone may be reused for
# another file at once. `rename FROM TO IDENTITY` never copies, and never moves into or over an existing path. It changes
# the working directory.
. ./symlink-guard.sh
identity_of() { if [ -e "$1" ] || [ -L "$1" ]; then stat -c %i.%.W -- "$1"; else printf absent; fi; }
rename() {
  enter "${1%/*}" || fail "the directory of $1 is not there any more, or reached by a symbolic link; nothing was moved"
  exec 8< .
  enter "${2%/*}" || fail "the directory of $2 is not there any more, or reached by a symbolic link; nothing was moved"
  old_name=/proc/self/fd/8/${1##*/} new_name=./${2##*/}
  [ "$(stat -c '%m %d' -- "$old_name")" = "$(stat -c '%m %d' .)" ] || fail "$1 and ${2%/*} are not on the same file system; nothing was moved"
  [ "$(identity_of "$new_name")" = absent ] || fail "$2 is there; nothing was moved"
  # Older versions do not know --no-copy; the mount points are compared for them.
  no_copy=--no-copy
  mv --no-copy --version > /dev/null 2>&1 || no_copy=
  # shellcheck disable=SC2086
  mv -nT $no_copy -- "$old_name" "$new_name"
  if [ "$(identity_of "$new_name")" != "$3" ] || [ "$(identity_of "$old_name")" = "$3" ]; then fail "$1 was not moved to $2: something else is there by now"; fi
  sync -- . /proc/self/fd/8
  exec 8<&-
}
