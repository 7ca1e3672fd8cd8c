# shellcheck shell=sh
# shellcheck disable=SC2154
# The dump, and the file of roles beside it. `identity` prints what changes with every write to either, and when either is
# replaced. `plain FILE` prints a file unpacked, by the programs of the host; `packing_of FILE` names the program, or nothing.
: "${dump?}" "${globals?}"
. ../shared/symlink-guard.sh
identity_of_dump() {
  if [ -d "$1" ]; then
    find "$1" -printf '%P %y %D %i %s %T@ %C@\0' | env LC_ALL=C sort -z | sha256sum | cut -c 1-64
  else
    stat -c '%d:%i:%s:%.9Y:%.9Z' -- "$1"
  fi
}
identity() { printf '%s %s\n' "$(identity_of_dump "$dump")" "$([ -z "$globals" ] || identity_of_dump "$globals")"; }
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
