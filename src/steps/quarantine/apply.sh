# shellcheck shell=sh
# Moves paths to the quarantine if they hold no more than was inspected; all of them are counted before the first is moved.
# "$@" is, for each, its path, its identity, its entries and its bytes.
: "${keep?}" "${own_name?}"
. ../shared/rename.sh
. ./held.sh
set -eu
umask 077
mkdir -p -- "$keep"
: > "$keep/begun"
sync -- "$keep"
# Makes ./NAME, which nobody else may own, and enters it.
enter_own() {
  mkdir -- "./${1##*/}" 2> /dev/null || :
  enter "$1" && [ "$(stat -c %u .)" = "$(id -u)" ] || fail "$1 is not a directory of user $(id -un); nothing was moved to it. Move it away"
}
set_aside() {
  where=${1%/*}/.reinstate-quarantine/$own_name
  if [ "$(identity_of "$1")" = absent ] && [ "$(identity_of "$where/${1##*/}")" = "$2" ]; then return 0; fi
  no_symlink_in "$1"
  [ "$(identity_of "$1")" = "$2" ] || fail "$1 is not what was inspected; it was left alone; inspect it again"
  enter "${1%/*}" || fail "the directory of $1 is not there any more"
  enter_own "${where%/*}"
  enter_own "$where"
  printf '%s\n' "$where" >> "$keep/aside"
  sync -- "$keep/aside"
  rename "$1" "$where/${1##*/}" "$2"
}
no_more_than() {
  [ "$(identity_of "$1")" = "$2" ] || return 0
  held=$(held_by "$1")
  [ "${held% *}" -le "$3" ] && [ "${held#* }" -le "$4" ] ||
    fail "$1 holds more than was inspected: ${held% *} entries and ${held#* } bytes, which were $3 and $4; nothing was moved. Take away what is new, or inspect it again"
}
each() { do=$1; shift; while [ $# -gt 0 ]; do "$do" "$@"; shift 4; done; }
each no_more_than "$@"
each set_aside "$@"
