# shellcheck shell=sh
# Prints what is left of the project, and which volumes of its containers exist.
: "${keep?}" "${project?}"
set -eu
docker ps -a --filter "label=com.docker.compose.project=$project" --format 'container={{.Names}}'
for net in $(docker network ls --filter "label=com.docker.compose.project=$project" --format '{{.Name}}'); do
  [ -n "$(docker ps -aq --filter "network=$net")" ] && echo "shared=$net" || echo "network=$net"
done
[ -e "$keep/project/volumes" ] || exit 0
while read -r volume; do
  docker volume inspect "$volume" > /dev/null 2>&1 && echo "volume=$volume" || echo "missing=$volume"
done < "$keep/project/volumes"
