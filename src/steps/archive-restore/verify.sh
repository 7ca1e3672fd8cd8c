# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154
# Reads the list of the archive, for the comparison of each target.
: "${count?}"
. ./list.sh
set -u
umask 077
# Attributes need a file system that has them.
work=$(TMPDIR=/var/tmp mktemp -d) || exit 3
trap 'rm -rf -- "$work"; let_archive_go' EXIT
trap 'exit 1' TERM INT HUP
open_archive
before=$(identity)
read_list 9000000000000000000 > "$work/facts"
wrong=$(grep -E '^(undecrypted|unreadable|format|bad)=' "$work/facts" | grep -v '^bad=outside' | head -n 1 | tr '\001' ' ')
[ -z "$wrong" ] || fail "the archive $archive is not what was restored: ${wrong#*=}"
lead=$(sed -n 's/^lead=//p' "$work/facts")
