# shellcheck shell=sh
# shellcheck disable=SC2154
# The dump, and the file of roles beside it. Other users of their directories can replace any name on the way at any time:
# `hold_dump` opens both once, and everything is read from $held and $held_globals, which lead to what was opened, whatever the
# names lead to by then. `identity` prints what changes with every write to either, and differs for any other file. `plain FILE`
# prints a file unpacked, by the programs of the host; `packing_of FILE` names the program, or nothing.
: "${dump?}" "${globals?}"
. ../shared/symlink-guard.sh
hold_dump() {
  # Not $$, which a subshell shares with its parent.
  read -r own _ < /proc/self/stat
  held=/proc/$own/fd/4 held_globals=
  hold "$dump"
  exec 4< "$opened"
  let_go
  [ -n "$globals" ] || return 0
  hold "$globals"
  exec 5< "$opened"
  let_go
  held_globals=/proc/$own/fd/5
}
# Opens a path in another process, which a FIFO that is laid there may stop: `opened` is then a file or a directory that is
# opened again without a path.
hold() {
  exec 6<&-
  (
    enter "${1%/*}" || exit
    exec 6< "./${1##*/}" || exit
    exec sleep 60
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
identity_of_dump() {
  if [ -d "$1" ]; then
    find "$1/" -printf '%P %y %D %i %s %T@ %C@\0' | env LC_ALL=C sort -z | sha256sum | cut -c 1-64
  else
    stat -L -c '%d:%i:%s:%.9Y:%.9Z' -- "$1"
  fi
}
identity() { printf '%s %s\n' "$(identity_of_dump "$held")" "$([ -z "$globals" ] || identity_of_dump "$held_globals")"; }
packing_of() {
  case $(head -c 6 -- "$1" | od -An -tx1 | tr -d ' \n') in
  1f8b*) echo gzip ;;
  28b52ffd*) echo zstd ;;
  fd377a585a00) echo xz ;;
  425a68*) echo bzip2 ;;
  esac
}
plain() {
  packing=$(packing_of "$1")
  ${packing:-cat} ${packing:+-dc} < "$1"
}
