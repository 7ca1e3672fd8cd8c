# shellcheck shell=sh
# Starts nothing. Prints the images that the step kept, and the volumes without a name that hold data.
: "${keep?}" "${kept_image?}"
set -eu
[ -e "$keep/begun" ] || exit 0
[ ! -e "$keep/project/unnamed" ] || sed 's/^/unnamed=/' "$keep/project/unnamed"
docker image ls --filter "reference=$kept_image:*" --format 'image={{.Repository}}:{{.Tag}}'
rm -f -- "$keep/begun"
