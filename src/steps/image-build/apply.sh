# shellcheck shell=sh
# Builds from the archive in the environment, CONTEXT_1 to CONTEXT_$parts: it reaches BuildKit by a pipe and is written nowhere.
# The new image has a name of this step before it gets the tag, and the image that had the tag keeps a name of this step.
# "$@" are further options of the build. A second call finds the label and does nothing.
: "${keep?}" "${kept_image?}" "${tag?}" "${was?}" "${label?}" "${parts?}" "${dockerfile?}"
. ../shared/image.sh
set -eu
umask 077
# The programs below would otherwise each get a copy.
context='' index=1
while [ "$index" -le "$parts" ]; do
  eval "context=\$context\$CONTEXT_$index"
  unset "CONTEXT_$index"
  index=$((index + 1))
done
mkdir -p -- "$keep"
: > "$keep/begun"
sync -- "$keep"
now=$(image_id "$tag")
if [ -n "$now" ] && [ "$(label_of "$now")" = "$label" ]; then exit 0; fi
[ "$now" = "$was" ] || { echo "the tag $tag was given to another image meanwhile; nothing was built" >&2; exit 1; }
[ -z "$was" ] || docker tag "$was" "$kept_image:was"
# buildx notes each build in its configuration, by default below the home directory.
export BUILDX_CONFIG="$keep/buildx" BUILDX_BUILDER=default DOCKER_BUILDKIT=1
printf %s "$context" | base64 -d | docker build --progress plain --provenance=false \
  --label "reinstate.context=$label" -t "$kept_image:built" -f "$dockerfile" "$@" -
image_id "$kept_image:built" > "$keep/built.part"
sync -- "$keep/built.part"
mv -f -- "$keep/built.part" "$keep/built"
sync -- "$keep"
docker tag "$kept_image:built" "$tag"
docker rmi --no-prune "$kept_image:built" > /dev/null
rm -rf -- "$BUILDX_CONFIG"
