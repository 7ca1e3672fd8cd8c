# shellcheck shell=sh
# shellcheck disable=SC2154
# A dump of PostgreSQL as text. `format_of_dump` prints plain, custom, tar or directory. `dump_text` prints the dump as psql
# takes it; an archive is read by pg_restore of the image in a scratch container. `in_image SCRIPT` runs a
# script there, which sees the dump at /dump. Nothing that reads a dump has a network, and a container's output is kept in no log.
: "${image?}" "${scratch?}"
. ./dump.sh
format_of_dump() {
  if [ -d "$held" ]; then echo directory; return; fi
  case $(plain "$held" 2> /dev/null | head -c 262 | tr '\0' ' ') in
  PGDMP*) echo custom ;;
  toc.dat*ustar) echo tar ;;
  *) echo plain ;;
  esac
}
# --mount takes a line of CSV, and the engine a path, where something else may be laid: the container compares what it was given
# before it reads.
dump_mount() { printf 'type=bind,"source=%s",target=/dump,readonly' "$(printf %s "$dump" | sed 's/"/""/g')"; }
identity_of_mount() { stat -L -c %d:%i -- "$held"; }
is_held='[ "$(stat -c %d:%i /dump)" = "$IDENTITY" ] || { echo "the dump was replaced while it was read" >&2; exit 1; }'
in_image() {
  docker run --rm --pull never --log-driver none --network none --read-only --tmpfs /tmp --user 0 --cap-drop ALL --cap-add DAC_READ_SEARCH \
    --security-opt no-new-privileges --label "$scratch" --mount "$(dump_mount)" -e LC_ALL=C -e "IDENTITY=$(identity_of_mount)" --entrypoint sh "$image" -c "$is_held
$1"
}
dump_text() {
  if [ "$format" = plain ]; then plain "$held"; else in_image 'exec pg_restore -f - /dump'; fi
}
