# shellcheck shell=sh
# shellcheck disable=SC2034
# Says whether the role logs in with PASSWORD over the server's own network, where passwords are asked for as they are for
# applications: on loopback and on the socket an official image lets anybody in. That a wrong one is refused is tried too;
# else a login would prove nothing. Prints `login=` yes or no with why, and `wrong=` refused or let in.
. ./role.sh
set -u
find_server && find_address || report_problem
printf 'role=%s\n' "$(role_is)"
login && echo login=yes || printf 'login=no\nwhy=%s\n' "$(why "$said")"
PASSWORD=$(head -c 18 /dev/urandom | base64)
login && echo wrong='let in' || echo wrong=refused
