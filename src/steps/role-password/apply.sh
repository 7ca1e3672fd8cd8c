# shellcheck shell=sh
# Keeps the old verifier and sets the password: psql makes the new verifier of it, so the server never sees the password,
# and its log not even the verifier. Where the password works already, an earlier attempt has come this far.
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
# psql asks the terminal, and where there is none its stdin; it asks twice.
printf '%s\n%s\n' "$PASSWORD" "$PASSWORD" | sql "$server" -d "$database" -c 'set log_statement = none' -c 'set log_min_duration_statement = -1' -c 'set log_min_error_statement = panic' -c "\\password \"$role\"" > "$said" 2>&1 || {
  why "$said" >&2
  exit 4
}
