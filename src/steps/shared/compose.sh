# shellcheck shell=sh
# `compose WORDS` is docker compose for this project and nothing else. Orphans stay, whatever the environment of the host
# says. `files` has a Compose file to a line, `directory` is that of the first. `compose_under` may hold a program that runs
# it. `hashes` reads a configuration as `config` prints it and prints `service hash`, as containers carry it in their labels.
# Asked of the file itself, Compose gives another hash for a service with an env_file: it does not read that first.
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
  # The files come first: the words go behind them.
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
