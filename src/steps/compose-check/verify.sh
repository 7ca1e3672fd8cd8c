# shellcheck shell=sh
# Looks until everything is well `healthy_times` in a row, or the time is over; a restart in between begins anew. Then
# compares images and mounts. Prints how often it looked, how many containers there are, and `wrong=` for what is wrong.
# `services` must have containers, `completed` must have ended; `images` has `service image` to a line, `volumes` service,
# target and volume, parted by tabs. What runs is compared by the image's id: its name may lead to another one by now.
# `index` in the template because a plain .State.Health is an error where a container has no health check.
: "${project?}" "${services?}" "${completed?}" "${healthy_times?}" "${every_seconds?}" "${within?}"
: "${compare_images?}" "${images?}" "${volumes?}"
set -u
now() { read -r up _ < /proc/uptime; echo "${up%.*}"; }
ids_now() { docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.oneoff=False; }
# A container that goes between the two commands is asked for again.
states() {
  for try in 1 2 3; do
    ids=$(ids_now) || exit 2
    all=$(printf %s "$ids" | xargs -r docker inspect --type container --format '{{index .Config.Labels "com.docker.compose.service"}} {{.Name}} {{.State.Status}} {{with index .State "Health"}}{{.Status}}{{else}}none{{end}} {{.State.ExitCode}} {{.State.StartedAt}} {{.Id}}') && break
    [ $try -lt 3 ] || exit 2
  done
  printf '%s\n' "$all"
}
unwell() {
  printf '%s\n' "$found" | while read -r service name status health code _; do
    case $service/" $completed " in
    /*) continue ;;
    */*" $service "*) [ "$status/$code" = exited/0 ] || echo "wrong=container ${name#/} is $status with exit code $code, and is to have ended with 0"; continue ;;
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
  [ -n "$found" ] || echo "wrong=it has no container"
}
end=$(($(now) + within)) looks=0 row=0 last=
while :; do
  found=$(states) || exit 3
  looks=$((looks + 1)) left=$(unwell)
  # Other containers, or one that was started again, are another state: the row begins anew.
  [ "$found" = "$last" ] || row=0
  last=$found
  if [ -z "$left" ]; then row=$((row + 1)); else row=0; fi
  [ "$row" -lt "$healthy_times" ] || break
  [ $(($(now) + every_seconds)) -le "$end" ] || break
  sleep "$every_seconds"
done
[ "$row" -ge "$healthy_times" ] || [ -n "$left" ] || left="wrong=it was well $row times in a row within $within s, not $healthy_times"
printf 'looks=%s\ncontainers=%s\n%s\n' "$looks" "$(printf %s "$found" | grep -c '')" "$left"
ids=$(printf '%s\n' "$found" | awk '{ print $NF }')
field() { printf %s "$ids" | xargs -r docker inspect --type container --format "$1"; }
[ "$compare_images" != yes ] || field '{{index .Config.Labels "com.docker.compose.service"}} {{.Name}} {{.Image}} {{.Config.Image}}' | while read -r service name id image; do
  wanted=$(printf '%s\n' "$images" | SERVICE=$service awk '$1 == ENVIRON["SERVICE"] { print $2 }')
  if [ -z "$wanted" ]; then echo "wrong=container ${name#/} has image $image, and its service is not among those that are meant"; continue; fi
  now=$(docker image inspect --format '{{.Id}}' "$wanted" 2> /dev/null) || { echo "wrong=container ${name#/} has image $image; there is no image $wanted on this host"; continue; }
  [ "$now" = "$id" ] || echo "wrong=container ${name#/} has image $image ($(printf %s "${id#*:}" | cut -c 1-12)), not $wanted ($(printf %s "${now#*:}" | cut -c 1-12))"
done
[ -n "$volumes" ] || exit 0
mounts=$(field '{{$name := .Name}}{{range .Mounts}}{{$name}}{{"\t"}}{{.Type}}{{"\t"}}{{.Name}}{{"\t"}}{{.Source}}{{"\t"}}{{.Destination}}{{println}}{{end}}')
mounted() {
  at=$(docker volume inspect --format '{{.Mountpoint}}' "$3" 2> /dev/null) || { echo "wrong=there is no volume $3"; return; }
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
