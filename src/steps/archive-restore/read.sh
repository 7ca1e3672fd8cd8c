# shellcheck shell=sh
# shellcheck disable=SC2154
# Reads the whole archive, and prints what read_list prints; `changed=yes` if the archive is not what was inspected.
: "${identity?}" "${limit?}"
. ./list.sh
set -u
umask 077
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"; let_archive_go' EXIT
trap 'exit 1' TERM INT HUP
open_archive
if [ -n "$decrypter" ] && [ -n "$unpacker" ] && ! command -v "$unpacker" > /dev/null; then printf 'lacks=%s\nunpackedBytes=0\n' "$unpacker"; exit 0; fi
read_list "$limit"
[ "$(identity)" = "$identity" ] || echo changed=yes
