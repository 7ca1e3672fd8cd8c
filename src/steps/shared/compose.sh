# shellcheck shell=sh
# `compose WORDS` runs docker compose for this project only. Orphans stay, whatever the host's environment says. `files` holds
# a Compose file per line, `env_files` an env file per line, or nothing: then Compose reads the .env of the project directory.
# `directory` is that directory, by default the one of the first file. `profiles`: `all`, or `default` for those of the
# environment. `compose_under` may hold a program to run it under.
# `hashes` reads a configuration as `config` prints it and prints `service hash`, as container labels hold it. Compose
# computes another hash from the file itself for a service with an env_file, because it does not read that file first.
# `joined_hashes` does so with the id of a container where a service joins a namespace of another one, as the label has it.
: "${project?}" "${files?}" "${directory?}" "${env_files?}" "${profiles?}"
[ -n "$directory" ] || {
  directory=${files%%
*}
  directory=${directory%/*}
  directory=${directory:-/}
}
compose() {
  compose_count=$#
  set -f
  IFS='
'
  for compose_file in $files; do set -- "$@" -f "$compose_file"; done
  for compose_file in $env_files; do set -- "$@" --env-file "$compose_file"; done
  unset IFS
  set +f
  [ "$profiles" != all ] || set -- "$@" --profile '*'
  set -- "$@" --project-directory "$directory"
  # The files precede the words.
  while [ "$compose_count" -gt 0 ]; do
    compose_word=$1
    shift
    set -- "$@" "$compose_word"
    compose_count=$((compose_count - 1))
  done
  # shellcheck disable=SC2086
  ${compose_under:-} env COMPOSE_REMOVE_ORPHANS=0 docker compose --ansi never -p "$project" "$@"
}
hashes() { docker compose --ansi never -p "$project" --project-directory "$directory" --profile '*' -f - config --hash '*'; }
joined_hashes() {
  joining=$(cat)
  case $joining in *'": "service:'*) ;; *) return 0 ;; esac
  {
    # shellcheck disable=SC2016
    docker ps -a --no-trunc --filter "label=com.docker.compose.project=$project" --format '{{.Names}} {{.Label "com.docker.compose.service"}} {{.ID}}' | sort
    printf '%s\n' "$joining"
  } | awk '
    /^\{/ { body = 1 }
    !body { if (!($2 in id)) id[$2] = $3; next }
    /^ *"(network_mode|ipc|pid)": "service:[^"]+",?$/ {
      service = $2; sub(/^"service:/, "", service); sub(/",?$/, "", service)
      if (service in id) sub(/service:[^"]+/, "container:" id[service])
    }
    { print }' | hashes
}
