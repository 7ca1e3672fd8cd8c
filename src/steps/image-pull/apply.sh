# shellcheck shell=sh
# Pulls the image; the engine compares its digest.
: "${keep?}" "${image?}"
. ../shared/image.sh
. ../shared/registry.sh
set -eu
umask 077
[ -z "$(image_id "$image")" ] || exit 0
mkdir -p -- "$keep"
: > "$keep/begun"
sync -- "$keep"
open_registry
docker pull -q "$image" > /dev/null
