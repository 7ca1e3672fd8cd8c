# shellcheck shell=sh
# Pushes the image of this id, unless the registry serves it under this name already. Never moves a tag.
: "${keep?}" "${id?}" "${to?}"
. ../shared/image.sh
. ../shared/registry.sh
set -eu
umask 077
mkdir -p -- "$keep"
now=$(image_id "$to")
[ -z "$now" ] || [ "$now" = "$id" ] || { echo "the name $to was given to another image on this host meanwhile; nothing was pushed" >&2; exit 1; }
open_registry
served "$to" > "$work/found"
case $(cat "$work/found") in
manifest=*)
  grep -qF "$id" "$work/manifest" || [ "$digest" = "$id" ] ||
    { echo "the registry serves another image as $to meanwhile; nothing was pushed" >&2; exit 1; }
  exit 0
  ;;
absent=*) ;;
*) cat "$work/found" >&2; exit 1 ;;
esac
if [ -z "$now" ]; then
  : > "$keep/tagged"
  sync -- "$keep"
  docker tag "$id" "$to"
fi
: > "$keep/pushing"
sync -- "$keep"
docker push -q "$to"
