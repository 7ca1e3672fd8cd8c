# shellcheck shell=sh
# What a place holds. `holds_data PATH`: whether a directory holds anything but directories, and what a server makes anew
# when it starts: sockets, pipes, locks of sockets, files with the number of a process. Anything but a directory is data.
holds_data() {
  [ -d "$1" ] || { [ -e "$1" ]; return; }
  [ -n "$(find "$1" -mindepth 1 ! -type d ! -type s ! -type p ! -name '*.pid' ! -name '*.sock.lock' ! -name '.s.PGSQL.*.lock' -print -quit 2> /dev/null)" ]
}
# Prints `FILES|BYTES|DATABASE` of a directory; FILES ends with + where counting took more than ten seconds.
content_of() {
  {
    code=0
    timeout 10 find "$1" -type f -printf '%s\n' 2> /dev/null || code=$?
    echo "end $code"
  } | awk '$1 == "end" { over = $2 == 124 ? "+" : ""; next } { files++; bytes += $1 } END { printf "%.0f%s|%.0f|", files, over, bytes }'
  database_in "$1"
}
database_in() {
  data=$(timeout 10 find "$1" -maxdepth 5 \( -path '*/global/pg_control' -o -name ibdata1 -o -name storage.bson -o -name dump.rdb -o -name appendonlydir \) -print -quit 2> /dev/null)
  case $data in
  */global/pg_control) printf 'PostgreSQL %s\n' "$(head -n 1 "${data%/global/pg_control}/PG_VERSION")" ;;
  */ibdata1) echo 'MariaDB or MySQL' ;;
  */storage.bson) echo MongoDB ;;
  */dump.rdb | */appendonlydir) echo Redis ;;
  *) echo ;;
  esac
}
