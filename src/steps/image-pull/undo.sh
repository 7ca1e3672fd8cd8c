# shellcheck shell=sh
# Removes the image that the step pulled; prints `used=yes` where a container uses it.
: "${keep?}" "${image?}"
. ../shared/image.sh
set -eu
[ -e "$keep/begun" ] && [ -n "$(image_id "$image")" ] || exit 0
docker rmi --no-prune "$image" > /dev/null 2>&1 || echo used=yes
