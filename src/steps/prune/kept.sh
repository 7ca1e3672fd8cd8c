# shellcheck shell=sh
: "${kept?}"
docker image ls --filter "reference=$kept:*" --format 'kept={{.Tag}}'
