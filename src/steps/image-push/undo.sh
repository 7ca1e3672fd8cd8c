# shellcheck shell=sh
# Removes the name that the step gave the image on this host. What was pushed stays: prints `pushed=` and its name, by digest
# if it is known; `only=yes` if the image has no other name on this host and so keeps this one.
: "${keep?}" "${id?}" "${to?}"
. ../shared/image.sh
set -eu
if [ -e "$keep/pushing" ]; then
  digest=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$id" 2> /dev/null | grep -F "${to%:*}@" | head -n 1) || :
  [ -e "$keep/pushed" ] || printf '%s\n' "${digest:-$to}" > "$keep/pushed"
  printf 'pushed=%s\n' "$(cat "$keep/pushed")"
fi
if [ -e "$keep/tagged" ] && [ "$(image_id "$to")" = "$id" ]; then
  if [ "$(docker image inspect --format '{{len .RepoTags}}' "$id")" = 1 ]; then echo only=yes; else docker rmi --no-prune "$to" > /dev/null; fi
fi
