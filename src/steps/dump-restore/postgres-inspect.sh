# shellcheck shell=sh
# shellcheck disable=SC2016,SC2154
# Reads the whole dump, and the roles beside it, and asks the image what it serves. Prints facts.
: "${scan?}" "${image_facts?}"
. ./postgres-dump.sh
. ../shared/scratch-forget.sh
set -u
export LC_ALL=C
umask 077
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"; scratch_leave "label=$scratch"' EXIT
trap 'exit 1' TERM INT HUP
hold_dump
in_image "$image_facts" > "$work/image" || fail "the image $image cannot be asked which server it has"
cat "$work/image"
format=$(format_of_dump)
printf 'format=%s\n' "$format"
if [ "$format" = plain ]; then changed_on_the_way "$held"; fi
if [ "$format" != plain ]; then
  if [ "$format" != directory ] && [ -n "$(packing_of "$held")" ]; then printf 'packedArchive=%s\n' "$(packing_of "$held")"; exit 0; fi
  in_image 'exec pg_restore -l /dump' > "$work/list" 2> "$work/error" || { printf 'unreadable=%s\n' "$(head -n 1 "$work/error" | cut -c 1-300)"; exit 0; }
  sed -n 's/^; *dbname: /archiveOf=/p' "$work/list" | head -n 1
fi
if [ -n "$globals" ]; then
  { plain "$held_globals" 2> "$work/error" || echo $? > "$work/failed"; } | awk -v globals=yes "$scan" > "$work/globals"
  if [ -e "$work/failed" ] || ! grep -q '^complete=' "$work/globals"; then echo globalsComplete=no; fi
  grep -E '^(makes|needs|hasPassword)=' "$work/globals"
fi
{ dump_text 2> "$work/error" || echo $? > "$work/failed"; } | awk "$scan"
[ ! -e "$work/failed" ] || printf 'unreadable=%s\n' "$(grep . "$work/error" | head -n 1 | cut -c 1-300)"
exit 0
