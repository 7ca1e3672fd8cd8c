# shellcheck shell=sh
# shellcheck disable=SC2154
# `roles` lists the users of the scratch server, `login USER` tries PASSWORD. Privileges are off until the first login.
. ../shared/mariadb-scratch.sh
roles() { sql "$server" -e "select distinct User from mysql.user where User <> '' and User <> 'mariadb.sys' limit 50" < /dev/null; }
privileges=
login() {
  # Clients come over the socket: each account of the network gets one, which only this copy has.
  [ -n "$privileges" ] || printf '%s\n' "delete from mysql.global_priv where User = '';" \
    "replace into mysql.global_priv select 'localhost', User, Priv from mysql.global_priv where Host <> 'localhost' order by Host = '%';" \
    'flush privileges;' | sql "$server" || return
  privileges=yes
  MYSQL_PWD=$PASSWORD docker exec -i -e MYSQL_PWD "$server" sh -c "$client" client -u "$1" -e 'select 1'
}
