# shellcheck shell=sh
# shellcheck disable=SC2154
# The dump, and the file of roles beside it. Other users of their directories can replace any name on the way at any time:
# `hold_dump` opens both once, and everything is read from $held and $held_globals, which lead to what was opened, whatever the
# names lead to by then. `identity` prints what changes with every write to either, and differs for any other file. `plain FILE`
# prints a file unpacked, by the programs of the host. `changed_on_the_way` prints what the shell between the dump's program and
# the file did to it, if that can be seen: changed=utf-16 (PowerShell), changed=line-ends (a terminal, or Windows).
: "${dump?}" "${globals?}"
. ../shared/held-file.sh
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
identity_of_dump() {
  if [ -d "$1" ]; then
    find "$1/" -printf '%P %y %D %i %s %T@ %C@\0' | env LC_ALL=C sort -z | sha256sum | cut -c 1-64
  else
    stat -L -c '%d:%i:%s:%.9Y:%.9Z' -- "$1"
  fi
}
identity() { printf '%s %s\n' "$(identity_of_dump "$held")" "$([ -z "$globals" ] || identity_of_dump "$held_globals")"; }
plain() {
  packing=$(packing_of "$1")
  ${packing:-cat} ${packing:+-dc} < "$1"
}
changed_on_the_way() {
  # Bytes in hexadecimal: 0d0a is a carriage return and a line feed.
  case $(plain "$1" 2> /dev/null | head -c 200 | od -An -v -tx1 | tr -d '\n') in
  ' ff fe '* | ' fe ff '*) echo changed=utf-16 ;;
  ' 2d 2d '*' 0d 0a '* | ' 2f 2a '*' 0d 0a '*) echo changed=line-ends ;;
  esac
}
