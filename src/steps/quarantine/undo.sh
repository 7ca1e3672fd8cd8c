# shellcheck shell=sh
# Puts back what is set aside; prints what is `gone` from there, and whose place is `taken`. "$@" is path and identity of each.
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
  rmdir -- "$where" "${where%/*}" 2> /dev/null || :
}
while [ $# -gt 0 ]; do put_back "$1" "$2"; shift 2; done
rm -f -- "$keep/begun"
