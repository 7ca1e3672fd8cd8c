# shellcheck shell=sh
# shellcheck disable=SC2034
# Starts the services and waits for their health, both within one deadline and one exec. No container is recreated and no
# image built. Fails with the service that is not well, why, and its last lines. `services` is all that is to run, with what
# it depends on, `completes` those of them that are to end with exit code 0; "$@" those that are named. `settle`: whether one
# without a health check must still be up a moment later. `index` in the template because a plain .State.Health is an error
# where a container has no health check.
: "${keep?}" "${within?}" "${services?}" "${completes?}" "${pull?}" "${settle?}"
. ../shared/compose.sh
set -u
umask 077
mkdir -p -- "$keep" && : > "$keep/begun" && sync -- "$keep" || exit 3
now() { read -r up _ < /proc/uptime; echo "${up%.*}"; }
end=$(($(now) + within))
# Fails rather than leave one out. A container that goes between the two commands is asked for again.
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
# Prints those of $found that are not well yet; a word before each says whether waiting can help.
unwell() {
  printf '%s\n' "$found" | while read -r service status health code restart id _; do
    case $status/$health in / | running/none | running/healthy) continue ;; esac
    case $status/$code/" $completes " in exited/0/*" $service "*) continue ;; esac
    case $status/$restart in exited/no | dead/*) hope='over' ;; *) hope='wait' ;; esac
    echo "$hope $service $status $health $code $id"
  done
}
# $bad is who was last seen unwell: one that starts again and again is well now and then.
give_up() {
  printf '%s\n' "$bad" | head -n 1 | {
    read -r _ service status health code id
    [ -n "$service" ] || { echo "$1" >&2; exit 1; }
    said=$(docker inspect --format '{{with index .State "Health"}}{{range .Log}}{{.Output}}{{end}}{{end}}' "$id" | grep . | tail -n 1 | cut -c 1-200)
    last=$(docker logs --tail 4 "$id" 2>&1 | cut -c 1-200 | tr '\n' '/')
    [ "$health" = none ] || status="$status and $health"
    echo "$1: service $service is $status, exit code $code; its health check said: ${said:-nothing}; its last lines: ${last:-none}" >&2
  }
  exit 1
}
compose_under="timeout -k 10 $within"
compose up -d --no-recreate --no-build --pull "$pull" --quiet-pull "$@" || {
  code=$?
  found=$(states) || exit 3
  bad=$(unwell)
  give_up "docker compose up ended with $code"
}
rounds=0 last= bad=
while :; do
  # One look a round: what is judged well and what is compared with the round before are the same.
  found=$(states) || exit 3
  left=$(unwell)
  [ -z "$left" ] || bad=$left
  case $left in
  '')
    # Where a service has no health check, being up once says little: it must be up a moment later, and not again; one
    # that was started again by its policy, for ten seconds, which is when the engine forgives it.
    [ "$settle" = yes ] || break
    [ "$found" = "$last" ] || rounds=0
    rounds=$((rounds + 1)) last=$found needed=4
    ! printf '%s\n' "$found" | grep -q ' running none .* [1-9][0-9]*$' || needed=20
    case $found in *' running none '*) [ "$rounds" -lt $needed ] || break ;; *) break ;; esac
    ;;
  *over\ *) give_up "a service has stopped" ;;
  *) rounds=0 ;;
  esac
  [ "$(now)" -lt "$end" ] || give_up "not well within $within s"
  sleep 0.5
done
