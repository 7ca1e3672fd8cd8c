# shellcheck shell=sh
: "${kept_image?}"
docker image ls --filter "reference=$kept_image:*" --format 'kept={{.Tag}}'
