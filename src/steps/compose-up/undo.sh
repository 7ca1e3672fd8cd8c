# shellcheck shell=sh
# shellcheck disable=SC2086
# Removes the containers and networks of the project that were not there before and stops what did not run. Volumes stay:
# `anonymous=` names those without a name of their own, `kept=` a network that others use. `were` is the containers that were
# there before, by the first 12 characters of their ids, `stopped` those of them that did not run.
: "${keep?}" "${project?}" "${were?}" "${stopped?}" "${networks?}"
set -eu
[ -e "$keep/begun" ] || exit 0
new= again=
ids=$(docker ps -aq --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.oneoff=False)
for id in $ids; do
  case " $were " in *" $id "*) ;; *) new="$new $id" ;; esac
  case " $stopped " in *" $id "*) again="$again $id" ;; esac
done
if [ -n "$new" ]; then
  docker inspect --format '{{$c := .Name}}{{range .Mounts}}{{if eq .Type "volume"}}anonymous={{.Name}} {{$c}}
{{end}}{{end}}' $new | grep -E '^anonymous=[0-9a-f]{64} ' || :
fi
[ -z "$new$again" ] || docker stop $new $again > /dev/null
[ -z "$new" ] || docker rm $new > /dev/null
nets=$(docker network ls --filter "label=com.docker.compose.project=$project" --format '{{.Name}}')
for net in $nets; do
  case " $networks " in *" $net "*) continue ;; esac
  docker network rm "$net" > /dev/null 2>&1 || echo "kept=$net"
done
rm -f -- "$keep/begun"
