import type { HostView } from '../../host/host.ts'
import { sh, type Script } from '../../shell/script.ts'
import { compose, type ProjectRef } from '../shared/compose-command.ts'

interface Start {
  readonly step: ProjectRef & {
    readonly services?: readonly string[] | undefined
    readonly within: number
    readonly pull: string
    /** Whether one without a health check must still be up a moment later. */
    readonly settle: boolean
  }
  /** All that is to run, with what it depends on. */
  readonly services: readonly string[]
  /** Those of them that are to end with exit code 0. */
  readonly completes: readonly string[]
}

/**
 * Starts the services and waits for their health, both within one deadline and one exec. No container is recreated and
 * no image built. Fails with the service that is not well, why, and its last lines.
 */
export function startAndWait({ step, services, completes }: Start, host: HostView): Script {
  return sh`
set -u
umask 077
mkdir -p -- ${host.keepsakes} && : > ${host.keepsakes}/begun && sync -- ${host.keepsakes} || exit 3
now() { read -r up _ < /proc/uptime; echo "\${up%.*}"; }
end=$(($(now) + ${step.within}))
# Fails rather than leave one out. A container that goes between the two commands is asked for again.
states() {
  for try in 1 2 3; do
    ids=$(docker ps -aq --filter label=com.docker.compose.project=${step.project} --filter label=com.docker.compose.oneoff=False) || exit
    all=$(printf %s "$ids" | xargs -r docker inspect --format ${stateFormat}) && break
    [ $try -lt 3 ] || exit
  done
  printf '%s\\n' "$all" | while read -r service rest; do
    case ${` ${services.join(' ')} `} in *" $service "*) echo "$service $rest" ;; esac
  done
}
# Prints those of $found that are not well yet; a word before each says whether waiting can help.
unwell() {
  printf '%s\\n' "$found" | while read -r service status health code restart id _; do
    case $status/$health in / | running/none | running/healthy) continue ;; esac
    case $status/$code/${` ${completes.join(' ')} `} in exited/0/*" $service "*) continue ;; esac
    case $status/$restart in exited/no | dead/*) hope=over ;; *) hope=wait ;; esac
    echo "$hope $service $status $health $code $id"
  done
}
# $bad is who was last seen unwell: one that starts again and again is well now and then.
give_up() {
  printf '%s\\n' "$bad" | head -n 1 | {
    read -r _ service status health code id
    [ -n "$service" ] || { echo "$1" >&2; exit 1; }
    said=$(docker inspect --format '{{with index .State "Health"}}{{range .Log}}{{.Output}}{{end}}{{end}}' "$id" | grep . | tail -n 1 | cut -c 1-200)
    last=$(docker logs --tail 4 "$id" 2>&1 | cut -c 1-200 | tr '\\n' '/')
    [ "$health" = none ] || status="$status and $health"
    echo "$1: service $service is $status, exit code $code; its health check said: \${said:-nothing}; its last lines: \${last:-none}" >&2
  }
  exit 1
}
timeout -k 10 ${step.within} ${compose(step)} up -d --no-recreate --no-build --pull ${step.pull} --quiet-pull ${step.services ?? []} || {
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
    [ ${step.settle ? 'settle' : 'at once'} = settle ] || break
    [ "$found" = "$last" ] || rounds=0
    rounds=$((rounds + 1)) last=$found needed=4
    ! printf '%s\\n' "$found" | grep -q ' running none .* [1-9][0-9]*$' || needed=20
    case $found in *' running none '*) [ "$rounds" -lt $needed ] || break ;; *) break ;; esac
    ;;
  *over\\ *) give_up "a service has stopped" ;;
  *) rounds=0 ;;
  esac
  [ "$(now)" -lt "$end" ] || give_up ${`not well within ${step.within} s`}
  sleep 0.5
done`
}

// `index` because a plain .State.Health is an error where a container has no health check.
const stateFormat =
  '{{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} {{with index .State "Health"}}{{.Status}}{{else}}none{{end}} ' +
  '{{.State.ExitCode}} {{or .HostConfig.RestartPolicy.Name "no"}} {{.Id}} {{.RestartCount}}'

interface Stop {
  readonly project: string
  /** Containers that were there before, by the first 12 characters of their ids, and those of them that did not run. */
  readonly were: readonly string[]
  readonly stopped: readonly string[]
  readonly networks: readonly string[]
}

/**
 * Removes the containers and networks of the project that were not there before and stops what did not run. Volumes
 * stay: `anonymous=` names those without a name of their own, `kept=` a network that others use.
 */
export function stopAndRemove({ project, were, stopped, networks }: Stop, host: HostView): Script {
  return sh`
set -eu
[ -e ${host.keepsakes}/begun ] || exit 0
new= again=
ids=$(docker ps -aq --filter label=com.docker.compose.project=${project} --filter label=com.docker.compose.oneoff=False)
for id in $ids; do
  case ${` ${were.join(' ')} `} in *" $id "*) ;; *) new="$new $id" ;; esac
  case ${` ${stopped.join(' ')} `} in *" $id "*) again="$again $id" ;; esac
done
if [ -n "$new" ]; then
  docker inspect --format '{{$c := .Name}}{{range .Mounts}}{{if eq .Type "volume"}}anonymous={{.Name}} {{$c}}
{{end}}{{end}}' $new | grep -E '^anonymous=[0-9a-f]{64} ' || :
fi
[ -z "$new$again" ] || docker stop $new $again > /dev/null
[ -z "$new" ] || docker rm $new > /dev/null
nets=$(docker network ls --filter label=com.docker.compose.project=${project} --format '{{.Name}}')
for net in $nets; do
  case ${` ${networks.join(' ')} `} in *" $net "*) continue ;; esac
  docker network rm "$net" > /dev/null 2>&1 || echo "kept=$net"
done
rm -f -- ${host.keepsakes}/begun`
}
