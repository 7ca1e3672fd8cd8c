# shellcheck shell=sh
# shellcheck disable=SC2034
# `find_data DIRECTORY` sets `data` to the data directory of Redis or Valkey at or below it, or to nothing, and `problem` to
# why it cannot be used as it is, or to nothing.
find_data() {
  data= problem=
  found=$(find "$1" -maxdepth 3 \( -name dump.rdb -o -name appendonlydir -o -name appendonly.aof \) -printf '%h\n' | sort -u)
  case $found in
  '') problem="holds no data of Redis (dump.rdb, appendonlydir)" ;;
  *'
'*) problem="holds more than one data directory of Redis; name one of them" ;;
  *) data=$found ;;
  esac
}
