# shellcheck shell=sh
# shellcheck disable=SC2034
# Tries a login with PASSWORD over the server's own network, as applications do: official images trust every login over
# loopback and the socket. Tries a wrong password too, because without its refusal a login proves nothing. Prints `login=`
# yes, or no and `why=`, and `wrong=` refused or accepted.
. ./role.sh
set -u
find_server && find_address || report_problem
printf 'role=%s\n' "$(role_is)"
login && echo login=yes || printf 'login=no\nwhy=%s\n' "$(why "$said")"
PASSWORD=$(head -c 18 /dev/urandom | base64)
login && echo wrong=accepted || echo wrong=refused
