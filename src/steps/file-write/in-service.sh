# shellcheck shell=sh
# Commands of the plan in the containers of the service, as quoted words: `test`, which may be empty, and `run`. `in_each WORDS
# IDS` runs one in each container and fails with what it printed. A command that hangs must not keep its script from going on.
: "${test?}" "${run?}"
in_each() {
  words=$1
  shift
  [ -n "$words" ] || return 0
  for id; do
    printed=$(eval "timeout -k 5 60 docker exec \"\$id\" $words" < /dev/null 2>&1) && continue
    code=$?
    container=$(docker inspect --type container --format '{{.Name}}' "$id" 2> /dev/null) || container=$id
    printf '%s exited with %s in container %s: %s\n' "$words" "$code" "${container#/}" "${printed:-no output}"
    return 1
  done
}
