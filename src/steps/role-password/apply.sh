# shellcheck shell=sh
# Saves the old verifier and sets the password. psql computes the new verifier, so the server never gets the password, and
# its log not even the verifier. If the password works already, an earlier attempt has set it.
: "${keep?}"
. ./role.sh
set -eu
umask 077
find_server && find_address || { printf '%s\n' "$problem" >&2; exit 3; }
mkdir -p -- "$keep"
if [ ! -e "$keep/old" ]; then
  verifier > "$keep/old.part"
  [ -s "$keep/old.part" ] || { echo "there is no role $role" >&2; exit 3; }
  sync -- "$keep/old.part"
  mv -f -- "$keep/old.part" "$keep/old"
  sync -- "$keep"
fi
if login; then exit 0; fi
# Without a terminal, psql reads the password from stdin, twice.
printf '%s\n%s\n' "$PASSWORD" "$PASSWORD" | sql "$server" -d "$database" -c 'set log_statement = none' -c 'set log_min_duration_statement = -1' -c 'set log_min_error_statement = panic' -c "\\password \"$role\"" > "$said" 2>&1 || {
  why "$said" >&2
  exit 4
}
