# shellcheck shell=sh
# `start_row IDS` starts what of these is there and waits until it is well, for a minute at most. Fails with the container
# that does not stay up.
. ./gone-containers.sh
now() { read -r up _ < /proc/uptime; echo "${up%.*}"; }
# Running without a health check, or healthy; in a loop of restarts as it may have been before.
unwell() {
  docker inspect --type container --format '{{.Name}} {{.State.Status}}/{{with index .State "Health"}}{{.Status}}{{end}}' "$@" |
    grep -v -e ' running/$' -e ' running/healthy$' -e ' restarting/' || :
}
start_row() {
  wanted=$*
  set --; for id in $wanted; do gone "$id" || set -- "$@" "$id"; done
  [ $# -gt 0 ] || return 0
  docker start "$@" > /dev/null
  until=$(($(now) + 60))
  while [ -n "$(unwell "$@")" ] && [ "$(now)" -lt $until ]; do sleep 0.3; done
  # One that is up and not healthy was perhaps never healthy: that is not this step's to judge.
  for id in "$@"; do
    case $(docker inspect --type container --format '{{.State.Status}}' "$id") in running | restarting) continue ;; esac
    last=$(docker logs --tail 3 "$id" 2>&1 | cut -c 1-200 | tr '\n' '/')
    fail "container $(docker inspect --format '{{.Name}}, which ran before, is {{.State.Status}}, exit code {{.State.ExitCode}}' "$id"); its last lines: ${last:-none}"
  done
}
