# shellcheck shell=sh
# Of every volume and network, the project that made it.
docker volume ls --format '{{.Label "com.docker.compose.project"}}' && docker network ls --format '{{.Label "com.docker.compose.project"}}'
