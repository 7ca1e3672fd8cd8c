# shellcheck shell=sh
# Prints `place=` for each of "$@", `volume|NAME|BELOW` or `path|PATH|BELOW`: absent, empty, or what it holds. A volume that
# is a directory by its options is read there, because it is mounted only while a container runs.
. ../shared/place-content.sh
set -u
for place; do
  below=${place##*|} place=${place%|*}
  name=${place#*|}
  case $place in
  volume\|*)
    at=$(docker volume inspect --format '{{$device := ""}}{{with .Options}}{{$o := .}}{{range split (index . "o") ","}}{{if or (eq . "bind") (eq . "rbind")}}{{$device = index $o "device"}}{{end}}{{end}}{{end}}{{or $device .Mountpoint}}' "$name" 2> /dev/null) || at=
    ;;
  *) at=$name ;;
  esac
  [ -z "$at" ] || [ -z "$below" ] || at=$at/$below
  if [ -z "$at" ] || [ ! -e "$at" ]; then echo place=absent
  elif ! holds_data "$at"; then echo place=empty
  elif [ -d "$at" ]; then printf 'place=%s\n' "$(content_of "$at")"
  else echo 'place=1|0|'
  fi
done
