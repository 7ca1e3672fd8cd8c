# shellcheck shell=sh
# `hold PATH` opens a path in another process, which a FIFO that is laid there may stop: `opened` is then a file or a directory
# that is opened again without a path, until `let_go`. Other users of a directory can replace any name on the way at any time:
# what was opened stays what it is. `packing_of FILE` names the program that unpacks a file, or nothing.
. ./symlink-guard.sh
hold() {
  exec 6<&-
  (
    enter "${1%/*}" || exit
    exec 6< "./${1##*/}" || exit
    exec sleep 604800
  ) > /dev/null 2>&1 &
  holder=$! opened=/proc/$!/fd/6 tries=0
  until [ -e "$opened" ]; do
    tries=$((tries + 1))
    if [ $tries -gt 500 ] || [ ! -e "/proc/$holder/cwd" ]; then
      let_go
      fail "$1 could not be opened: it was replaced, is reached by a symbolic link, or is not a file"
    fi
    sleep 0.02
  done
  if [ "$(readlink "$opened")" != "$1" ] || { [ ! -f "$opened" ] && [ ! -d "$opened" ]; }; then
    let_go
    fail "$1 was replaced while it was opened, or is reached by a symbolic link"
  fi
}
let_go() { kill -KILL "$holder" 2> /dev/null || :; wait "$holder" 2> /dev/null || :; }
packing_of() {
  case $(head -c 6 -- "$1" | od -An -tx1 | tr -d ' \n') in
  1f8b*) echo gzip ;;
  28b52ffd*) echo zstd ;;
  fd377a585a00) echo xz ;;
  425a68*) echo bzip2 ;;
  esac
}
