# shellcheck shell=sh
# shellcheck disable=SC2086
# Removes the containers and networks of the project that the step created, and stops the containers that it started. What
# others have created or started stays: `other=` prints their containers. Where others have replaced containers of the step,
# such as by an update, theirs are stopped and kept: `replaced=`. They would serve beside what the rollback starts.
# What the removed containers wrote outside volumes is kept: files as images (`image=`), log lines since the end of the step
# as files (`log=`). Volumes stay: `anonymous=` prints those without a name, `kept=` a network that others use. Of a scratch
# project the volumes go that the step created, and `volume=` prints what is left. `were` holds the containers that existed
# before, by the first 12 characters of their ids, `stopped` those of them that did not run.
: "${keep?}" "${kept_image?}" "${owner?}" "${project?}" "${were?}" "${stopped?}" "${networks?}"
. ../shared/container-data.sh
. ./of-project.sh
set -eu
umask 077
[ -e "$keep/begun" ] || exit 0
end_making
ours() { ! knows_made || is_made "$1"; }
new= again= others= origins=
ids=$(docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.oneoff=False)
for id in $ids; do
  origin=$(origin_of container "$id")
  origins="$origins $origin"
  short=$(printf %.12s "$origin")
  case " $were " in
  *" $short "*) ;;
  *) if ours "container $origin"; then new="$new $id"; else others="$others $id"; fi ;;
  esac
  case " $stopped " in *" $short "*) ! ours "running $origin" || again="$again $id" ;; esac
done
unnamed=
if [ -n "$new" ]; then
  unnamed=$(docker inspect --format '{{$c := .Name}}{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{$c}}
{{end}}{{end}}' $new | grep -E '^[0-9a-f]{64} ' || :)
fi
with_volumes=
[ "$scratch" != yes ] || with_volumes=-v
if [ -n "$others" ]; then
  what=other
  if knows_made && sed -n 's/^container //p' "$keep/made" | grep -qvF -e "$(printf '%s' "${origins# }" | tr ' ' '\n')"; then
    docker update --restart no $others > /dev/null
    docker stop $others > /dev/null
    what=replaced
  fi
  docker inspect --type container --format "$what={{.Name}}" $others
fi
since=$(stat -c %.9Y -- "$keep/begun") stop_began=$(date +%s.%N)
[ -z "$new$again" ] || docker stop $new $again > /dev/null
for id in $new; do
  keep_layer "$id"
  # Lines of the stop itself are no reason to keep a log. A logging driver that cannot be read keeps its lines elsewhere.
  if docker logs --since "$since" --until "$stop_began" "$id" 2>&1 | grep -q .; then
    docker logs --timestamps --since "$since" "$id" > "$keep/$name.log" 2>&1 || rm -f -- "$keep/$name.log"
  fi
  # Docker removes with it only volumes without a name that no other container has.
  docker rm $with_volumes "$id" > /dev/null
done
printf '%s\n' "$unnamed" | while read -r volume container; do
  [ -z "$volume" ] || ! docker volume inspect "$volume" > /dev/null 2>&1 || echo "anonymous=$volume $container"
done
nets=$(docker network ls --filter "label=com.docker.compose.project=$project" --no-trunc --format '{{.ID}} {{.Name}}')
printf '%s\n' "$nets" | while read -r id net; do
  [ -n "$id" ] || continue
  case " $networks " in *" $net "*) continue ;; esac
  ours "network $(origin_of network "$id")" || continue
  docker network rm "$id" > /dev/null 2>&1 || echo "kept=$net"
done
if [ "$scratch" = yes ]; then
  there=$(volumes)
  printf '%s\n' "$there" | while read -r what volume identity; do
    [ -n "$volume" ] || continue
    is_made "$what $volume $identity" && docker volume rm "$volume" > /dev/null 2>&1 || echo "volume=$volume"
  done
fi
docker image ls --filter "reference=$kept_image:*" --format 'image={{.Repository}}:{{.Tag}}'
for log in "$keep"/*.log; do [ ! -e "$log" ] || printf 'log=%s\n' "$log"; done
rm -f -- "$keep/begun"
