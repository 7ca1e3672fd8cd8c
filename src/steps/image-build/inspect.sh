# shellcheck shell=sh
# Prints the image that has the tag and its label, whether BuildKit can be used, and of each base image that is on the host its
# platform. `bases` has one image per line.
: "${tag?}" "${bases?}"
. ../shared/image.sh
set -eu
docker version --format 'engine={{.Server.Os}}/{{.Server.Arch}}'
if docker buildx version > /dev/null 2>&1; then echo buildkit=yes; else echo buildkit=no; fi
id=$(image_id "$tag")
[ -z "$id" ] || printf 'id=%s\nlabel=%s\n' "$id" "$(label_of "$id")"
printf '%s\n' "$bases" | while read -r base; do
  [ -n "$base" ] || continue
  id=$(image_id "$base")
  [ -z "$id" ] || docker image inspect --format "base=$base {{.Os}}/{{.Architecture}}" "$id"
done
