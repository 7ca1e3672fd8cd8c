# shellcheck shell=sh
# shellcheck disable=SC2034
# `find_data DIRECTORY` sets `data` to the data directory of PostgreSQL at or below it, or to nothing, and `problem` to why it
# cannot be copied as it is, or to nothing.
find_data() {
  data= problem=
  found=$(find "$1" -maxdepth 4 -path '*/global/pg_control' -printf '%h\n' | sed 's/\/global$//')
  case $found in
  '') problem="holds no data directory of PostgreSQL (global/pg_control)" ;;
  *'
'*) problem="holds more than one data directory of PostgreSQL; name one of them" ;;
  *) data=$found ;;
  esac
  [ -n "$data" ] || return 0
  linked=$(find "$data/pg_tblspc" "$data/pg_wal" -maxdepth 1 -type l -print -quit 2> /dev/null)
  [ -z "$linked" ] || problem="has data elsewhere: $linked is a link; only what lies in the directory can be audited"
  [ ! -e "$data/postmaster.pid" ] || problem="holds postmaster.pid: its server runs, or was not stopped cleanly. Start it once apart, stop it cleanly"
}
