# shellcheck shell=sh
# shellcheck disable=SC2034
# `find_data DIRECTORY` sets `data` to the data directory of MariaDB at or below it, or to nothing, and `problem` to why it
# cannot be used as it is, or to nothing. Both files that it names go at a clean stop.
find_data() {
  data= problem=
  found=$(find "$1" -maxdepth 3 -name ibdata1 -printf '%h\n')
  case $found in
  '') problem="holds no data directory of MariaDB (ibdata1)" ;;
  *'
'*) problem="holds more than one data directory of MariaDB; name one of them" ;;
  *) data=$found ;;
  esac
  [ -n "$data" ] || return 0
  for sign in ibtmp1 tc.log; do
    [ ! -e "$data/$sign" ] || problem="holds $sign: its server runs, or was not stopped cleanly. Start it once apart, stop it cleanly"
  done
  linked=$(find "$data" -maxdepth 2 \( -type l -o -name '*.isl' \) -print -quit)
  [ -z "$linked" ] || problem="has data elsewhere: $linked leads to it; only what lies in the directory can be audited"
}
