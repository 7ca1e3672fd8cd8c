# shellcheck shell=sh
# Prints the ids of the image and of what has its new name on this host, and what the registry serves under the name.
: "${image?}" "${to?}"
. ../shared/image.sh
. ../shared/registry.sh
set -eu
id=$(image_id "$image")
[ -n "$id" ] || exit 0
printf 'id=%s\nlocal=%s\n' "$id" "$(image_id "$to")"
open_registry
served "$to"
