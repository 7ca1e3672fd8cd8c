# shellcheck shell=sh
# `symlink_in PATH` prints the first symbolic link on the way to it, itself included; `fail WORDS` ends the script with
# them; `no_symlink_in PATH` fails where there is one. No process is started.
fail() { printf '%s\n' "$*" >&2; exit 3; }
symlink_in() {
  way=$1 first=
  while [ -n "$way" ]; do
    if [ -L "$way" ]; then first=$way; fi
    way=${way%/*}
  done
  printf '%s' "$first"
}
no_symlink_in() {
  link=$(symlink_in "$1")
  [ -z "$link" ] || fail "$link, on the way to $1, is a symbolic link; name the real path"
}
