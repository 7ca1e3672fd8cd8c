import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { serverWords, type Server } from '../shared/postgres-server.ts'

export interface RolePassword extends Server {
  readonly login: string
  readonly database: string
}

/**
 * Says whether the role logs in with PASSWORD over the server's own network, where passwords are asked for as they are
 * for applications: on loopback and on the socket an official image lets anybody in. That a wrong one is refused is
 * tried too; else a login would prove nothing. Prints `login=` yes or no with why, and `wrong=` refused or let in.
 */
export function loginScript(step: RolePassword): Script {
  return lines(
    words(step),
    sh`
set -u
find_server && find_address || tell_problem
printf 'role=%s\\n' "$(role_is)"
login && echo login=yes || printf 'login=no\\nwhy=%s\\n' "$(why "$said")"
PASSWORD=$(head -c 18 /dev/urandom | base64)
login && echo wrong='let in' || echo wrong=refused`,
  )
}

/**
 * Keeps the old verifier and sets the password: psql makes the new verifier of it, so the server never sees the password,
 * and its log not even the verifier. Where the password works already, an earlier attempt has come this far.
 */
export function setScript(step: RolePassword, host: HostView): Script {
  return lines(
    words(step),
    sh`
set -eu
umask 077
keep=${host.keepsakes}
find_server && find_address || { printf '%s\\n' "$problem" >&2; exit 3; }
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
printf '%s\\n%s\\n' "$PASSWORD" "$PASSWORD" | asked "$server" -d "$database" -c 'set log_statement = none' -c 'set log_min_duration_statement = -1' -c 'set log_min_error_statement = panic' -c "\\\\password \\"$role\\"" > "$said" 2>&1 || {
  why "$said" >&2
  exit 4
}`,
  )
}

/** Puts the old verifier back where the password is still the step's; prints `left=` and why where it is not. */
export function putBackScript(step: RolePassword, host: HostView): Script {
  return lines(
    words(step),
    sh`
set -eu
umask 077
keep=${host.keepsakes}
[ -e "$keep/old" ] || exit 0
left() { printf 'left=%s; the old verifier is kept in %s\\n' "$1" "$keep/old"; exit 0; }
find_server && find_address || left "$problem"
old=$(cat -- "$keep/old")
now=$(verifier)
[ -n "$now" ] || left "there is no role $role any more"
if [ "$now" != "$old" ]; then
  login || left 'its password was changed by others after the step'
  # By pipe: no verifier in arguments, nor in the server's log.
  {
    echo 'set log_statement = none;'
    echo 'set log_min_duration_statement = -1;'
    echo 'set log_min_error_statement = panic;'
    case $old in
    none) printf 'alter role "%s" password null;\\n' "$role" ;;
    *) printf "alter role \\"%s\\" password '%s';\\n" "$role" "\${old#is }" ;;
    esac
  } | asked "$server" -d "$database" > "$said" 2>&1 || { why "$said" >&2; exit 4; }
fi
rm -f -- "$keep/old"`,
  )
}

/** The password itself comes as PASSWORD, by environment. */
function words(step: RolePassword): Script {
  return lines(
    serverWords(step),
    sh`
role=${step.login} database=${step.database} literal=${sqlLiteral(step.login)}
said=$(mktemp) || exit 3
trap 'rm -f -- "$said"' EXIT
role_is() {
  asked "$server" -d "$database" -c "select case when not rolcanlogin then 'without login' when rolvaliduntil < now() then 'expired' else 'there' end from pg_roles where rolname = $literal" < /dev/null
}
verifier() {
  asked "$server" -d "$database" -c "select coalesce('is ' || rolpassword, 'none') from pg_authid where rolname = $literal" < /dev/null
}
find_address() {
  address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{println .IPAddress}}{{end}}' "$server" | grep . | head -n 1)
  [ -n "$address" ] || { problem='its container has no network of its own, over which a login could be tried'; return 1; }
}
# In arguments, a password is read by everybody; -e without a value takes it from the environment.
login() (
  PGPASSWORD=$PASSWORD
  export PGPASSWORD
  docker exec -i -e PGPASSWORD -e PGCONNECT_TIMEOUT=10 "$server" psql -X -q -A -t -w -h "$address" -U "$role" -d "$database" -c 'select 1' < /dev/null > /dev/null 2> "$said"
)`,
  )
}

/** The names of roles have no quotes or backslashes. */
function sqlLiteral(name: string): string {
  return `'${name}'`
}
