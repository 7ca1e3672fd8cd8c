# shellcheck shell=sh
# Writes below a directory that other users can write to. They can replace any name there by a symbolic link at any time,
# so nothing is written, given an owner or a mode by its path: a script enters the directory, builds what it writes in
# $private, a directory that only this user can enter, and renames it to ./NAME, which follows no link.
# `open_private` opens $private on the file system of the working directory: the saved originals of the step, or else a
# directory with a random name in the working directory. `find_private` does so if it exists; else it returns 1.
# $private_path is its path, for people. `close_private` removes the random directory if it is empty.
# `place ENTRY NAME` renames $private/ENTRY to ./NAME; returns 1 if something is there.
# `new_directory OWNER MODE` makes $private/directory. Empty: the current user; 755.
: "${keep?}"
. ./symlink-guard.sh
private=/proc/self/fd/9
find_private() {
  exec 9<&-
  [ -d "$keep" ] || return 1
  if [ "$(stat -c '%m %d' -- "$keep")" = "$(stat -c '%m %d' .)" ]; then
    private_path=$keep random_name=
    exec 9< "$keep"
    return 0
  fi
  random_name=$keep/private.$(stat -c %d.%i .)
  [ -s "$random_name" ] || return 1
  here=$(readlink /proc/self/cwd)
  private_path=${here%/}/$(cat "$random_name")
  [ -d "$private_path" ] || return 1
  exec 8< .
  enter "$private_path" && is_private || fail "$private_path is not the directory that this step made; nothing was written"
  exec 9< .
  cd -P /proc/self/fd/8 || exit 3
  exec 8<&-
}
# Known by inode and birth once it was met empty: another directory of this user may have been renamed to its name.
is_private() {
  case $(stat -c '%u %a' .) in "$(id -u) 700" | "$(id -u) 2700") ;; *) return 1 ;; esac
  if [ ! -e "$random_name.id" ]; then
    [ -z "$(ls -A)" ] || return 1
    chmod g-s .
    stat -c %i.%.W . > "$random_name.id"
  fi
  [ "$(stat -c %i.%.W .)" = "$(cat "$random_name.id")" ]
}
open_private() {
  if find_private; then return 0; fi
  if [ ! -s "$random_name" ]; then
    printf '.reinstate-%s' "$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')" > "$random_name.part"
    readlink /proc/self/cwd > "$random_name.in"
    sync -- "$random_name.part" "$random_name.in"
    mv -f -- "$random_name.part" "$random_name"
  fi
  set -- "$(mkdir -m 700 -- "./$(cat "$random_name")" 2>&1)"
  find_private || fail "a private directory could not be made in $(pwd): ${1:-$(cat "$random_name")}"
}
close_private() {
  if [ -n "$random_name" ] && [ -z "$(ls -A "$private/")" ]; then
    rm -f -- "$random_name.id"
    rmdir -- "./$(cat "$random_name")" || return 0
    rm -f -- "$random_name" "$random_name.in"
  fi
  exec 9<&-
}
place() {
  mv -nT -- "$private/$1" "./$2" || :
  [ ! -e "$private/$1" ] && [ ! -L "$private/$1" ]
}
new_directory() {
  rmdir -- "$private/directory" 2> /dev/null || :
  mkdir -- "$private/directory"
  [ -z "$1" ] || chown -- "$1" "$private/directory"
  chmod -- "${2:-755}" "$private/directory"
}
