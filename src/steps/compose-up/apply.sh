# shellcheck shell=sh
# shellcheck disable=SC2034
# Starts the services and waits until they are healthy, both within one deadline and one exec. Recreates no container and
# builds no image. Fails with the unhealthy service, the reason and its last lines. `services` holds the services with their
# dependencies, `completes` those of them that must end with exit code 0; "$@" are the services that the plan names.
# `settle`: whether a service without a health check must still be up a moment later. `index` in the template, because a
# plain .State.Health is an error for a container without a health check.
: "${keep?}" "${within?}" "${services?}" "${completes?}" "${pull?}" "${settle?}"
. ../shared/compose.sh
. ./of-project.sh
set -u
umask 077
mkdir -p -- "$keep" || exit 3
begin_making
trap end_making EXIT
: > "$keep/begun" && sync -- "$keep" || exit 3
now() { read -r up _ < /proc/uptime; echo "${up%.*}"; }
end=$(($(now) + within))
# A container that is removed between the two commands makes inspect fail: list again, rather than leave it out.
states() {
  for try in 1 2 3; do
    ids=$(docker ps -aq --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.oneoff=False) || exit
    all=$(printf %s "$ids" | xargs -r docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} {{with index .State "Health"}}{{.Status}}{{else}}none{{end}} {{.State.ExitCode}} {{or .HostConfig.RestartPolicy.Name "no"}} {{.Id}} {{.RestartCount}}') && break
    [ $try -lt 3 ] || exit
  done
  printf '%s\n' "$all" | while read -r service rest; do
    case " $services " in *" $service "*) echo "$service $rest" ;; esac
  done
}
# Prints the unhealthy ones of $found, each after `wait`, or `over` where waiting cannot help.
unhealthy() {
  printf '%s\n' "$found" | while read -r service status health code restart id _; do
    case $status/$health in / | running/none | running/healthy) continue ;; esac
    case $status/$code/" $completes " in exited/0/*" $service "*) continue ;; esac
    case $status/$restart in exited/no | dead/*) hope='over' ;; *) hope='wait' ;; esac
    echo "$hope $service $status $health $code $id"
  done
}
# $bad is the last unhealthy service: a service in a restart loop is up now and then.
give_up() {
  printf '%s\n' "$bad" | head -n 1 | {
    read -r _ service status health code id
    [ -n "$service" ] || { echo "$1" >&2; exit 1; }
    check=$(docker inspect --format '{{with index .State "Health"}}{{range .Log}}{{.Output}}{{end}}{{end}}' "$id" | grep . | tail -n 1 | cut -c 1-200)
    last=$(docker logs --tail 4 "$id" 2>&1 | cut -c 1-200 | tr '\n' '/')
    [ "$health" = none ] || status="$status and $health"
    echo "$1: service $service is $status, exit code $code; its health check printed: ${check:-nothing}; its last lines: ${last:-none}" >&2
  }
  exit 1
}
compose_under="timeout -k 10 $within"
compose up -d --no-recreate --no-build --pull "$pull" --quiet-pull "$@" || {
  code=$?
  found=$(states) || exit 3
  bad=$(unhealthy)
  give_up "docker compose up exited with $code"
}
rounds=0 last= bad=
while :; do
  # One list per round: the states that are judged are the ones that the next round compares.
  found=$(states) || exit 3
  left=$(unhealthy)
  [ -z "$left" ] || bad=$left
  case $left in
  '')
    # A service without a health check must still be up, and the same, a moment later; after a restart by its policy, ten
    # seconds later, which is when the engine resets the restart delay.
    [ "$settle" = yes ] || break
    [ "$found" = "$last" ] || rounds=0
    rounds=$((rounds + 1)) last=$found needed=4
    ! printf '%s\n' "$found" | grep -q ' running none .* [1-9][0-9]*$' || needed=20
    case $found in *' running none '*) [ "$rounds" -lt $needed ] || break ;; *) break ;; esac
    ;;
  *over\ *) give_up "a service has stopped" ;;
  *) rounds=0 ;;
  esac
  [ "$(now)" -lt "$end" ] || give_up "not healthy within $within s"
  sleep 0.5
done
# What the containers log from now on was written after the step: an undo keeps it.
touch -- "$keep/begun"
