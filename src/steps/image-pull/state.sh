# shellcheck shell=sh
# Prints the id of the image if it is on this host, the engine's platform, and else what the registry serves and for which
# platform.
: "${image?}"
. ../shared/image.sh
. ../shared/registry.sh
set -eu
docker version --format 'engine={{.Server.Os}}/{{.Server.Arch}}'
id=$(image_id "$image")
if [ -n "$id" ]; then
  docker image inspect --format "id=$id
platform={{.Os}}/{{.Architecture}}" "$id"
  exit 0
fi
open_registry
served "$image" > "$work/found"
cat "$work/found"
case $(cat "$work/found") in manifest=*) ;; *) exit 0 ;; esac
# Of an image for several platforms the engine takes its own.
timeout 60 docker buildx imagetools inspect --format 'platform={{.Image.OS}}/{{.Image.Architecture}}' "$image" 2> /dev/null || :
