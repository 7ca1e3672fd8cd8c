# shellcheck shell=sh
# Prints all containers, networks and images of a host.
. ../shared/containers.sh
docker network ls -q --no-trunc | xargs -r docker network inspect --format 'network={"id":{{json .Id}},"name":{{json .Name}},"labels":{{json .Labels}}}' || exit 3
docker image ls -q --no-trunc | sort -u | xargs -r docker image inspect --format 'image={"id":{{json .Id}},"tags":{{json .RepoTags}},"labels":{{json .Config.Labels}},"sizeBytes":{{json .Size}}}' || exit 3
