# shellcheck shell=sh
# Prints the ids of the image and of what has its new name on this host, and what the registry serves under the name;
# `byDigest=yes` if it serves the same by its digest.
: "${image?}" "${to?}"
. ../shared/image.sh
. ../shared/registry.sh
set -eu
id=$(image_id "$image")
[ -n "$id" ] || exit 0
printf 'id=%s\nlocal=%s\n' "$id" "$(image_id "$to")"
open_registry
served "$to" > "$work/found"
cat "$work/found"
case $(cat "$work/found") in manifest=*) ;; *) exit 0 ;; esac
mv "$work/manifest" "$work/tagged"
served "${to%:*}@$digest" > /dev/null
if cmp -s "$work/manifest" "$work/tagged"; then echo byDigest=yes; fi
