# shellcheck shell=sh
# Prints the id of the image, and what the registry serves under the name; `byDigest=yes` if it serves the same by its digest.
: "${image?}" "${to?}"
. ../shared/image.sh
. ../shared/registry.sh
set -eu
printf 'id=%s\n' "$(image_id "$image")"
open_registry
served "$to" > "$work/found"
cat "$work/found"
case $(cat "$work/found") in manifest=*) ;; *) exit 0 ;; esac
mv "$work/manifest" "$work/tagged"
served "${to%:*}@$digest" > /dev/null
if cmp -s "$work/manifest" "$work/tagged"; then echo byDigest=yes; fi
