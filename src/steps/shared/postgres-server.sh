# shellcheck shell=sh
# A server that runs. `find_server` sets `server` to its container's id; where there is not exactly one it sets `problem` and
# fails, and `tell_problem` prints that as `noServer=` and ends the script well. `asked CONTAINER WORDS` is psql there, over
# the socket: no settings of a user, never a prompt, tuples only, the first error ends it; SQL on its stdin or with -c.
# `why FILE` is the first line of what it said on stderr.
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
tell_problem() { printf 'noServer=%s\n' "$problem"; exit 0; }
asked() {
  in=$1; shift
  docker exec -i -e PGPASSWORD -e PGOPTIONS -e PGCONNECT_TIMEOUT=10 "$in" psql -X -q -A -t -w -v ON_ERROR_STOP=1 -U "$user" "$@"
}
why() { grep . < "$1" | head -n 1 | sed 's/^psql:[^ ]* //' | cut -c 1-400; }
