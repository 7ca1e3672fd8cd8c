# shellcheck shell=sh
# Prints the project of every volume and network.
docker volume ls --format '{{.Label "com.docker.compose.project"}}' && docker network ls --format '{{.Label "com.docker.compose.project"}}'
