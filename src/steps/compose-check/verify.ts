import { lines, sh, type Script } from '../../shell/script.ts'

interface Check {
  readonly project: string
  readonly services?: readonly string[] | undefined
  readonly completed: readonly string[]
  readonly healthyTimes: number
  readonly everySeconds: number
  readonly within: number
  readonly images?: Readonly<Record<string, string>> | undefined
  readonly volumes?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined
}

/**
 * Looks until everything is well `healthyTimes` in a row, or the time is over; a restart in between begins anew. Then
 * compares images and mounts. Prints how often it looked, how many containers there are, and `wrong=` for what is wrong.
 */
export function checkProject(step: Check): Script {
  return lines(states(step), untilWell(step), ...imagesAre(step.images), ...volumesAre(step.volumes ?? {}))
}

function states({ project, services = [], completed }: Check): Script {
  return sh`
set -u
now() { read -r up _ < /proc/uptime; echo "\${up%.*}"; }
ids_now() { docker ps -aq --no-trunc --filter label=com.docker.compose.project=${project} --filter label=com.docker.compose.oneoff=False; }
# A container that goes between the two commands is asked for again.
states() {
  for try in 1 2 3; do
    ids=$(ids_now) || exit 2
    all=$(printf %s "$ids" | xargs -r docker inspect --type container --format ${stateFormat}) && break
    [ $try -lt 3 ] || exit 2
  done
  printf '%s\\n' "$all"
}
unwell() {
  printf '%s\\n' "$found" | while read -r service name status health code _; do
    case $service/${` ${completed.join(' ')} `} in
    /*) continue ;;
    */*" $service "*) [ "$status/$code" = exited/0 ] || echo "wrong=container \${name#/} is $status with exit code $code, and is to have ended with 0"; continue ;;
    esac
    case $status/$health in
    running/none | running/healthy) ;;
    running/*) echo "wrong=container \${name#/} is running and $health" ;;
    *) echo "wrong=container \${name#/} is $status, its last exit code $code" ;;
    esac
  done
  for wanted in ${[...services, ...completed]}; do
    printf '%s\\n' "$found" | cut -d ' ' -f 1 | grep -qxF -e "$wanted" || echo "wrong=service $wanted has no container"
  done
  [ -n "$found" ] || echo "wrong=it has no container"
}`
}

function untilWell({ healthyTimes, everySeconds, within }: Check): Script {
  return sh`
end=$(($(now) + ${within})) looks=0 row=0 last=
while :; do
  found=$(states) || exit 3
  looks=$((looks + 1)) left=$(unwell)
  # Other containers, or one that was started again, are another state: the row begins anew.
  [ "$found" = "$last" ] || row=0
  last=$found
  if [ -z "$left" ]; then row=$((row + 1)); else row=0; fi
  [ "$row" -lt ${healthyTimes} ] || break
  [ $(($(now) + ${everySeconds})) -le "$end" ] || break
  sleep ${everySeconds}
done
[ "$row" -ge ${healthyTimes} ] || [ -n "$left" ] || left="wrong=it was well $row times in a row within "${within}" s, not "${healthyTimes}
printf 'looks=%s\\ncontainers=%s\\n%s\\n' "$looks" "$(printf %s "$found" | grep -c '')" "$left"
ids=$(printf '%s\\n' "$found" | awk '{ print $NF }')
field() { printf %s "$ids" | xargs -r docker inspect --type container --format "$1"; }
`
}

/** What runs is compared by the image's id: its name may lead to another one by now. */
function imagesAre(images: Check['images']): Script[] {
  if (!images) return []
  const cases = Object.entries(images).map(([service, image]) => sh`${service}) wanted=${image} ;;`)
  return [
    sh`field ${imageFormat} | while read -r service name id image; do
  wanted=
  case $service in`,
    ...cases,
    sh`  esac
  if [ -z "$wanted" ]; then echo "wrong=container \${name#/} has image $image, and its service is not among those that are meant"; continue; fi
  now=$(docker image inspect --format '{{.Id}}' "$wanted" 2> /dev/null) || { echo "wrong=container \${name#/} has image $image; there is no image $wanted on this host"; continue; }
  [ "$now" = "$id" ] || echo "wrong=container \${name#/} has image $image ($(printf %s "\${id#*:}" | cut -c 1-12)), not $wanted ($(printf %s "\${now#*:}" | cut -c 1-12))"
done`,
  ]
}

function volumesAre(volumes: NonNullable<Check['volumes']>): Script[] {
  const wanted = Object.entries(volumes).flatMap(([service, targets]) =>
    Object.entries(targets).map(([target, volume]) => ({ service, target, volume })),
  )
  if (wanted.length === 0) return []
  return [
    sh`mounts=$(field ${mountFormat})`,
    sh`mounted() {
  at=$(docker volume inspect --format '{{.Mountpoint}}' "$3" 2> /dev/null) || { echo "wrong=there is no volume $3"; return; }
  printf '%s\\n' "$found" | while read -r service name _; do
    [ "$service" = "$1" ] || continue
    has=$(printf '%s\\n' "$mounts" | NAME=$name TARGET=$2 awk -F '\\t' '$1 == ENVIRON["NAME"] && $5 == ENVIRON["TARGET"] { print $2 "\\t" $3 "\\t" $4 }')
    [ "$has" != "$(printf 'volume\\t%s\\t%s' "$3" "$at")" ] || continue
    what=$(printf '%s' "$has" | awk -F '\\t' '{ print $2 == "" ? $3 : $2 }')
    echo "wrong=container \${name#/} has \${what:-nothing} at $2, not volume $3"
  done
  printf '%s\\n' "$found" | cut -d ' ' -f 1 | grep -qxF -e "$1" || echo "wrong=service $1 has no container, so nothing mounts volume $3"
}`,
    ...wanted.map(({ service, target, volume }) => sh`mounted ${service} ${target} ${volume}`),
  ]
}

const service = '{{index .Config.Labels "com.docker.compose.service"}}'
// `index` because a plain .State.Health is an error where a container has no health check.
const stateFormat =
  `${service} {{.Name}} {{.State.Status}} {{with index .State "Health"}}{{.Status}}{{else}}none{{end}} ` +
  '{{.State.ExitCode}} {{.State.StartedAt}} {{.Id}}'
const imageFormat = `${service} {{.Name}} {{.Image}} {{.Config.Image}}`
const mountFormat =
  '{{$name := .Name}}{{range .Mounts}}{{$name}}{{"\\t"}}{{.Type}}{{"\\t"}}{{.Name}}{{"\\t"}}{{.Source}}{{"\\t"}}{{.Destination}}{{println}}{{end}}'
