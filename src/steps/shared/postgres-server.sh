# shellcheck shell=sh
# A running server. `find_server` sets `server` to its container id; where there is not exactly one it sets `problem` and
# fails, and `report_problem` prints `noServer=` and, for a container that exists, `serverProject=`, then exits with 0.
# `sql CONTAINER WORDS` is psql there, over the socket: no user settings, no prompt, tuples only, stops at the first
# error; SQL on stdin or with -c. A scratch server has a superuser of its own. `why FILE` prints the first line of its
# stderr that is not a warning.
: "${container?}" "${project?}" "${service?}" "${user?}" "${called?}"
find_server() {
  if [ -n "$container" ]; then
    set -- --filter "name=^/?$(printf %s "$container" | sed 's/\./\\./g')$"
  else
    set -- --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$service" \
      --filter label=com.docker.compose.oneoff=False
  fi
  server=$(docker ps -q "$@") || exit 3
  case $server in
  '') problem="$called does not run"; return 1 ;;
  *[!0-9a-f]*) problem="$called runs more than once; name one container"; return 1 ;;
  esac
}
report_problem() {
  printf 'noServer=%s\n' "$problem"
  [ -z "$container" ] || docker inspect --type container --format 'serverProject={{index .Config.Labels "com.docker.compose.project"}}' "$container" 2> /dev/null
  exit 0
}
sql() {
  in=$1; shift
  case $in in reinstate-scratch-*) as=reinstate_scratch ;; *) as=$user ;; esac
  docker exec -i -e PGPASSWORD -e PGOPTIONS -e PGCONNECT_TIMEOUT=10 "$in" psql -X -q -A -t -w -v ON_ERROR_STOP=1 -U "$as" "$@"
}
why() { grep . < "$1" | sed 's/^psql:[^ ]* //' | awk '/^(WARNING|NOTICE|DETAIL|HINT|LOG|INFO):/ { other = other ? other : $0; next } { found = 1; print; exit } END { if (!found) print other }' | cut -c 1-400; }
