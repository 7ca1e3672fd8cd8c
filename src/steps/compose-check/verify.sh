# shellcheck shell=sh
# Checks until everything is healthy `healthy_times` in a row, or until the deadline; a restart in between resets the count.
# Then compares images and mounts. Prints how many checks it made, how many containers exist, and `wrong=` per problem.
# `services` must have containers, `completed` must have ended; `images` holds `service image` per line, `volumes` service,
# target and volume, separated by tabs. Images are compared by id: a name may point to another image by now. `index` in the
# template, because a plain .State.Health is an error for a container without a health check.
: "${project?}" "${services?}" "${completed?}" "${healthy_times?}" "${every_seconds?}" "${within?}"
: "${compare_images?}" "${images?}" "${volumes?}"
set -u
now() { read -r up _ < /proc/uptime; echo "${up%.*}"; }
ids_now() { docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.oneoff=False; }
# A container that is removed between the two commands makes inspect fail: list again.
states() {
  for try in 1 2 3; do
    ids=$(ids_now) || exit 2
    all=$(printf %s "$ids" | xargs -r docker inspect --type container --format '{{index .Config.Labels "com.docker.compose.service"}} {{.Name}} {{.State.Status}} {{with index .State "Health"}}{{.Status}}{{else}}none{{end}} {{.State.ExitCode}} {{.State.StartedAt}} {{.Id}}') && break
    [ $try -lt 3 ] || exit 2
  done
  printf '%s\n' "$all"
}
unhealthy() {
  printf '%s\n' "$found" | while read -r service name status health code _; do
    case $service/" $completed " in
    /*) continue ;;
    */*" $service "*) [ "$status/$code" = exited/0 ] || echo "wrong=container ${name#/} is $status with exit code $code, and must have ended with 0"; continue ;;
    esac
    case $status/$health in
    running/none | running/healthy) ;;
    running/*) echo "wrong=container ${name#/} is running and $health" ;;
    *) echo "wrong=container ${name#/} is $status, its last exit code $code" ;;
    esac
  done
  for wanted in $services $completed; do
    printf '%s\n' "$found" | cut -d ' ' -f 1 | grep -qxF -e "$wanted" || echo "wrong=service $wanted has no container"
  done
  [ -n "$found" ] || echo "wrong=the project has no container"
}
end=$(($(now) + within)) checks=0 row=0 last=
while :; do
  found=$(states) || exit 3
  checks=$((checks + 1)) left=$(unhealthy)
  # Another container, or a restart, is another state: the count starts again.
  [ "$found" = "$last" ] || row=0
  last=$found
  if [ -z "$left" ]; then row=$((row + 1)); else row=0; fi
  [ "$row" -lt "$healthy_times" ] || break
  [ $(($(now) + every_seconds)) -le "$end" ] || break
  sleep "$every_seconds"
done
[ "$row" -ge "$healthy_times" ] || [ -n "$left" ] || left="wrong=it was healthy $row times in a row within $within s, not $healthy_times"
printf 'checks=%s\ncontainers=%s\n%s\n' "$checks" "$(printf %s "$found" | grep -c '')" "$left"
ids=$(printf '%s\n' "$found" | awk '{ print $NF }')
field() { printf %s "$ids" | xargs -r docker inspect --type container --format "$1"; }
[ "$compare_images" != yes ] || field '{{index .Config.Labels "com.docker.compose.service"}} {{.Name}} {{.Image}} {{.Config.Image}}' | while read -r service name id image; do
  wanted=$(printf '%s\n' "$images" | SERVICE=$service awk '$1 == ENVIRON["SERVICE"] { print $2 }')
  if [ -z "$wanted" ]; then echo "wrong=container ${name#/} has image $image, and images: has no entry for its service"; continue; fi
  now=$(docker image inspect --format '{{.Id}}' "$wanted" 2> /dev/null) || { echo "wrong=container ${name#/} has image $image; image $wanted does not exist on this host"; continue; }
  [ "$now" = "$id" ] || echo "wrong=container ${name#/} has image $image ($(printf %s "${id#*:}" | cut -c 1-12)), not $wanted ($(printf %s "${now#*:}" | cut -c 1-12))"
done
[ -n "$volumes" ] || exit 0
mounts=$(field '{{$name := .Name}}{{range .Mounts}}{{$name}}{{"\t"}}{{.Type}}{{"\t"}}{{.Name}}{{"\t"}}{{.Source}}{{"\t"}}{{.Destination}}{{println}}{{end}}')
mounted() {
  at=$(docker volume inspect --format '{{.Mountpoint}}' "$3" 2> /dev/null) || { echo "wrong=volume $3 does not exist"; return; }
  printf '%s\n' "$found" | while read -r service name _; do
    [ "$service" = "$1" ] || continue
    has=$(printf '%s\n' "$mounts" | NAME=$name TARGET=$2 awk -F '\t' '$1 == ENVIRON["NAME"] && $5 == ENVIRON["TARGET"] { print $2 "\t" $3 "\t" $4 }')
    [ "$has" != "$(printf 'volume\t%s\t%s' "$3" "$at")" ] || continue
    what=$(printf '%s' "$has" | awk -F '\t' '{ print $2 == "" ? $3 : $2 }')
    echo "wrong=container ${name#/} has ${what:-nothing} at $2, not volume $3"
  done
  printf '%s\n' "$found" | cut -d ' ' -f 1 | grep -qxF -e "$1" || echo "wrong=service $1 has no container, so nothing mounts volume $3"
}
printf '%s\n' "$volumes" | while IFS='	' read -r service target volume; do mounted "$service" "$target" "$volume"; done
