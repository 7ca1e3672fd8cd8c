# shellcheck shell=sh
# `start_row IDS` starts those that exist and waits until they are healthy: while Docker calls one `starting`, at most ten
# minutes, and at most a minute for one that it calls unhealthy. Fails with the container that does not stay up.
. ./gone-containers.sh
now() { read -r up _ < /proc/uptime; echo "${up%.*}"; }
# A container in a restart loop counts as up: it may have been in one before.
unhealthy() {
  docker inspect --type container --format '{{.Name}} {{.State.Status}}/{{with index .State "Health"}}{{.Status}}{{end}}' "$@" |
    grep -v -e ' running/$' -e ' running/healthy$' -e ' restarting/' || :
}
start_row() {
  wanted=$*
  set --; for id in $wanted; do gone "$id" || set -- "$@" "$id"; done
  [ $# -gt 0 ] || return 0
  docker start "$@" > /dev/null
  began=$(now)
  while bad=$(unhealthy "$@") && [ -n "$bad" ]; do
    case $bad in *' running/starting'*) most=600 ;; *) most=60 ;; esac
    [ $(($(now) - began)) -lt $most ] || break
    sleep 0.3
  done
  # A container that is up and unhealthy may never have been healthy: no failure of this step.
  for id in "$@"; do
    case $(docker inspect --type container --format '{{.State.Status}}' "$id") in running | restarting) continue ;; esac
    last=$(docker logs --tail 3 "$id" 2>&1 | cut -c 1-200 | tr '\n' '/')
    fail "container $(docker inspect --format '{{.Name}}, which ran before, is {{.State.Status}}, exit code {{.State.ExitCode}}' "$id"); its last lines: ${last:-none}"
  done
}
