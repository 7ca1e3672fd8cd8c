# shellcheck shell=sh
# shellcheck disable=SC2034
# A restored place: the name of a volume, or the path of a directory. `restored_at PLACE` sets `at` to its directory; fails where
# there is none. `restored_users PLACE` prints the running containers that mount it; of a directory, also a part of it or a parent.
restored_at() {
  case $1 in
  /*) at=$1; [ -d "$at" ] ;;
  *) at=$(docker volume inspect --format '{{.Mountpoint}}' "$1" 2> /dev/null) ;;
  esac
}
restored_users() {
  case $1 in
  /*)
    docker ps -q --no-trunc | xargs -r docker inspect --type container --format '{{$name := .Name}}{{range .Mounts}}{{println $name .Source}}{{end}}' 2> /dev/null |
      PLACE=$1 awk '
        NF == 0 { next }
        { name = substr($1, 2); sub(/^[^ ]* /, "") }
        index($0 "/", ENVIRON["PLACE"] "/") == 1 || index(ENVIRON["PLACE"] "/", $0 "/") == 1 { print name }' | sort -u
    ;;
  *) docker ps --filter "volume=$1" --format '{{.Names}}' ;;
  esac
}
