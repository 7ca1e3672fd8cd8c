# shellcheck shell=sh
# shellcheck disable=SC2034
# A restored place: the name of a volume, or the path of a directory. `restored_at PLACE` sets `at` to its directory; fails where
# there is none. `restored_users PLACE` prints the running containers that mount it.
. ./path-references.sh
restored_at() {
  case $1 in
  /*) at=$1; [ -d "$at" ] ;;
  *) at=$(docker volume inspect --format '{{.Mountpoint}}' "$1" 2> /dev/null) ;;
  esac
}
restored_users() {
  case $1 in
  /*) { binds_in "$1" && binds_above "$1"; } | awk -F '|' '$2 != "false" { print $1 }' | sort -u ;;
  *) docker ps --filter "volume=$1" --format '{{.Names}}' ;;
  esac
}
