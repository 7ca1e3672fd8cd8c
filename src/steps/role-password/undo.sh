# shellcheck shell=sh
# Restores the old verifier if the password is still the one of the step; else prints `left=` and the reason.
: "${keep?}"
. ./role.sh
set -eu
umask 077
[ -e "$keep/old" ] || exit 0
left() { printf 'left=%s; the old verifier is saved in %s\n' "$1" "$keep/old"; exit 0; }
find_server && find_address || left "$problem"
old=$(cat -- "$keep/old")
now=$(verifier)
[ -n "$now" ] || left "there is no role $role any more"
if [ "$now" != "$old" ]; then
  login || left 'its password was changed by others after the step'
  # By pipe: the verifier is in neither arguments nor the server's log.
  {
    echo 'set log_statement = none;'
    echo 'set log_min_duration_statement = -1;'
    echo 'set log_min_error_statement = panic;'
    case $old in
    none) printf 'alter role "%s" password null;\n' "$role" ;;
    *) printf "alter role \"%s\" password '%s';\n" "$role" "${old#is }" ;;
    esac
  } | sql "$server" -d "$database" > "$said" 2>&1 || { why "$said" >&2; exit 4; }
fi
rm -f -- "$keep/old"
