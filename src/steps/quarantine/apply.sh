# shellcheck shell=sh
# Sets things aside that hold no more than was seen; all of them are counted before the first is touched. "$@" is, for each,
# its path, its identity, its entries and its bytes, both empty where they were not counted.
: "${keep?}" "${own_name?}"
. ../shared/rename.sh
. ./held.sh
set -eu
umask 077
mkdir -p -- "$keep"
: > "$keep/begun"
sync -- "$keep"
set_aside() {
  where=${1%/*}/.reinstate-quarantine/$own_name
  if [ "$(identity_of "$1")" = absent ] && [ "$(identity_of "$where/${1##*/}")" = "$2" ]; then return 0; fi
  no_symlink_in "$1"
  [ "$(identity_of "$1")" = "$2" ] || fail "$1 is not what was looked at; it was left alone; look again"
  no_symlink_in "$where"
  mkdir -p -- "$where"
  rename "$1" "$where/${1##*/}" "$2"
}
no_more_than() {
  [ -n "$3" ] || return 0
  [ "$(identity_of "$1")" = "$2" ] || return 0
  held=$(held_by "$1")
  [ "${held% *}" -le "$3" ] && [ "${held#* }" -le "$4" ] ||
    fail "$1 holds more than was looked at: ${held% *} entries and ${held#* } bytes, which were $3 and $4; nothing was set aside. Take away what is new, or look again"
}
each() { do=$1; shift; while [ $# -gt 0 ]; do "$do" "$@"; shift 4; done; }
each no_more_than "$@"
each set_aside "$@"
