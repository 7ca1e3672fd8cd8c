# shellcheck shell=sh
# Gives the tag back to the image that had it, or removes it. Prints `taken=` where others gave the tag to another image, and
# `used=` with the name that the built image keeps because a container uses it.
: "${keep?}" "${kept_image?}" "${tag?}" "${was?}"
. ../shared/image.sh
set -eu
[ -e "$keep/begun" ] || exit 0
built=
[ ! -e "$keep/built" ] || built=$(cat -- "$keep/built")
now=$(image_id "$tag")
if [ -n "$built" ] && [ "$now" = "$built" ]; then
  docker tag "$built" "$kept_image:built"
  if [ -n "$was" ]; then docker tag "$kept_image:was" "$tag"; else docker rmi --no-prune "$tag" > /dev/null; fi
elif [ -z "$now" ] && [ -n "$was" ]; then
  docker tag "$kept_image:was" "$tag"
fi
now=$(image_id "$tag")
if [ -n "$(image_id "$kept_image:was")" ]; then
  if [ "$now" = "$was" ]; then docker rmi --no-prune "$kept_image:was" > /dev/null; else echo "taken=$tag"; fi
fi
if [ -n "$(image_id "$kept_image:built")" ]; then
  docker rmi --no-prune "$kept_image:built" > /dev/null 2>&1 || echo "used=$kept_image:built"
fi
