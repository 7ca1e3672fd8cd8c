# shellcheck shell=sh
# `compose WORDS` runs docker compose for this project only. Orphans stay, whatever the host's environment says. `files` holds
# a Compose file per line; `directory` is set to the directory of the first. `compose_under` may hold a program to run it
# under. `hashes` reads a configuration as `config` prints it and prints `service hash`, as container labels hold it. Compose
# computes another hash from the file itself for a service with an env_file, because it does not read that file first.
: "${project?}" "${files?}"
directory=${files%%
*}
directory=${directory%/*}
directory=${directory:-/}
compose() {
  compose_count=$#
  set -f
  IFS='
'
  for compose_file in $files; do set -- "$@" -f "$compose_file"; done
  unset IFS
  set +f
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
hashes() { docker compose --ansi never -p "$project" --project-directory "$directory" -f - config --hash '*'; }
