# shellcheck shell=sh
# Reads env sources on their host. `sources` has one line each, separated by tabs: file, container or project; source or
# witness; label; name; prefix of the labels of its containers. `gather` prints a record with the value for each required
# name: its output is a secret. It also prints `absent=` and `problem=` for sources, `away=` and `unread=` for witnesses
# that it could not read, and, for files that other users can read, `exposed=` for a source, from which it then takes
# nothing, and `open=` for a witness.
: "${sources?}" "${names?}" "${read_entries?}" "${read_container?}"
export LC_ALL=C
entries() { rank=$1 label=$2 names=$names awk "$read_entries"; }
lacks() { case $1 in witness) echo "away=$2" ;; *) echo "absent=$2" ;; esac; }
of_file() { # RANK LABEL FILE
  if [ ! -f "$3" ]; then lacks "$1" "$2"; return; fi
  mode=$(stat -c %a -- "$3")
  case $1/$mode in
  */*00 | */) ;;
  # The old stack may need its file to be readable; other source files must be closed.
  witness/*) echo "open=$2" ;;
  *) echo "exposed=$2 (mode $mode): chmod 600 $3"; return ;;
  esac
  if ! entries "$1" "$2" < "$3"; then
    case $1 in witness) echo "unread=$2 cannot be read" ;; *) echo "problem=$2 cannot be read" ;; esac
  fi
}
# The template ends each entry with NUL, because a value may have several lines.
of_container() { # RANK LABEL CONTAINER; appends the container's name to a label that ends with a space
  docker container inspect --format '{{.Name}}{{printf "\x00"}}{{range .Config.Env}}{{printf "%s\x00" .}}{{end}}' "$3" 2> /dev/null |
    tr '\n\0' '\002\n' | rank=$1 label=$2 names=$names awk "$read_container"
}
named() { # RANK LABEL CONTAINER
  if docker container inspect "$3" > /dev/null 2>&1; then of_container "$@"; else lacks "$1" "$2"; fi
}
of_project() { # RANK LABEL PROJECT HOST
  ids=$(docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$3" 2> /dev/null)
  [ -n "$ids" ] || lacks "$1" "$2"
  for id in $ids; do of_container "$1" "$4container " "$id"; done
}
# An engine that does not answer must not be taken for a missing container.
engine() { ! printf '%s\n' "$sources" | grep -q -e '^container' -e '^project' || docker ps -q > /dev/null || exit 3; }
gather() {
  printf '%s\n' "$sources" | while IFS='	' read -r what rank label name prefix; do
    case $what in
    file) of_file "$rank" "$label" "$name" ;;
    container) named "$rank" "$label" "$name" ;;
    project) of_project "$rank" "$label" "$name" "$prefix" ;;
    esac
  done
}
