# shellcheck shell=sh
# Moves paths back from the quarantine. Prints `gone=` for what is not in it any more, and `taken=` for a path where
# something else is. "$@" is the path and the identity of each.
: "${keep?}" "${own_name?}"
. ../shared/rename.sh
set -eu
[ -e "$keep/begun" ] || exit 0
put_back() {
  where=${1%/*}/.reinstate-quarantine/$own_name
  if [ "$(identity_of "$1")" != "$2" ]; then
    if [ "$(identity_of "$where/${1##*/}")" != "$2" ]; then printf 'gone=%s\n' "$1"; return 0; fi
    if [ "$(identity_of "$1")" != absent ]; then printf 'taken=%s\n' "$1"; return 0; fi
    rename "$where/${1##*/}" "$1" "$2"
  fi
  for place in "$where" "${where%/*}"; do
    if enter "${place%/*}"; then rmdir -- "./${place##*/}" 2> /dev/null || :; fi
  done
}
while [ $# -gt 0 ]; do put_back "$1" "$2"; shift 2; done
rm -f -- "$keep/begun"
