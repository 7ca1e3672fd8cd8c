# shellcheck shell=sh
# `symlink_in PATH` prints the symbolic link nearest to the root on the way to PATH, PATH included. `no_symlink_in PATH`
# fails if there is one. `fail TEXT` ends the script.
# `enter DIRECTORY` changes the working directory; returns 1 if DIRECTORY is missing or reached by a symbolic link. The
# kernel keeps a working directory whatever happens to its path, so `./name` then follows no link that another user puts
# in the way. The kernel is asked where it is: bash would answer from the path.
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
  set -- "$1" "$(symlink_in "$1")"
  [ -z "$2" ] || fail "$2, on the way to $1, is a symbolic link; name the real path"
}
enter() { cd -P -- "${1:-/}" 2> /dev/null && [ "$(readlink /proc/self/cwd)" = "${1:-/}" ]; }
