# shellcheck shell=sh
# shellcheck disable=SC2154
# Tries the password that Compose gives a service now on a scratch copy of a backup. Prints `accepted=` and the roles that take
# it, `tried=` for each role, or `problem=` and why it cannot be tried. A value that is a URL holds the password, and a user.
# The script of an engine comes before this one.
: "${backup?}" "${role?}"
. ../shared/compose-variable.sh
set -u
export LC_ALL=C
scratch_begin
broken() { printf 'problem=%s\n' "$2"; exit 0; }
read_variable || broken '' "$problem"
decoded() { printf %s "$1" | awk '
  function hex(c) { return index("0123456789abcdef", tolower(c)) - 1 }
  { while (match($0, /%[0-9A-Fa-f][0-9A-Fa-f]/)) { printf "%s%c", substr($0, 1, RSTART - 1), hex(substr($0, RSTART + 1, 1)) * 16 + hex(substr($0, RSTART + 2, 1)); $0 = substr($0, RSTART + 3) } printf "%s", $0 }'; }
case $value in
*://*@*)
  account=${value#*://}
  account=${account%%/*}
  account=${account%@*}
  [ -n "$role" ] || role=$(decoded "${account%%:*}")
  case $account in *:*) value=$(decoded "${account#*:}") ;; *) broken '' "the URL in $variable has no password" ;; esac
  ;;
esac
scratch_side backup "$backup"
[ -n "$role" ] || role=$(roles 2> "$work/err") || broken '' "$(why "$work/err")"
printf '%s\n' "$role" | while IFS= read -r one; do
  [ -n "$one" ] || continue
  printf 'tried=%s\n' "$one"
  if PASSWORD=$value login "$one" < /dev/null > /dev/null 2> "$work/err"; then printf 'accepted=%s\n' "$one"; else printf 'why=%s\n' "$(why "$work/err")"; fi
done
exit 0
