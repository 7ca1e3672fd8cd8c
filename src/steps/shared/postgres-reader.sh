# shellcheck shell=sh
# shellcheck disable=SC2154
# Checks a PostgreSQL data directory with the programs of an image, in a scratch container: mounted read-only, without
# network, labelled, removed at the end. Prints `version=`, `pageChecksums=` on or off, how many pages were checked, and
# `wrong=` for damage.
: "${from?}"
. ./scratch-reader.sh
named() { sed "s|/audited|$from|g"; }
major=$(cat "$from/PG_VERSION" 2> /dev/null) || { wrong "it has no PG_VERSION: it is not a PostgreSQL data directory"; exit 0; }
linked=$(find "$from/pg_tblspc" "$from/pg_wal" "$from/pg_xlog" -maxdepth 1 -type l -print -quit 2> /dev/null)
[ -z "$linked" ] || { wrong "a part of it is elsewhere: $linked is a symbolic link"; exit 0; }
read_inside
line() { printf '%s\n' "$output" | sed -n "s/^$1: *//p" | head -n 1; }
its=$(printf '%s\n' "$output" | sed -n 's/^version .* \([0-9][0-9.]*\).*$/\1/p' | head -n 1)
[ -n "$its" ] || fail "the image $image has no pg_controldata"
echo "version=$major"
case $its in "$major" | "$major".*) ;; *) wrong "its PG_VERSION is $major, and the image $image has PostgreSQL $its"; exit 0 ;; esac
case $(line 'Database cluster state') in
'shut down' | 'shut down in recovery') ;;
'') wrong "its global/pg_control cannot be read: $(printf '%s\n' "$output" | grep 'pg_controldata: ' | head -n 1 | named)"; exit 0 ;;
*) wrong "its database was not shut down cleanly: its state is $(line 'Database cluster state')"; exit 0 ;;
esac
case $output in *'CRC checksum does not match'*) wrong "global/pg_control is damaged: its own checksum is wrong"; exit 0 ;; esac
[ "$(line 'Data page checksum version')" != 0 ] || { echo pageChecksums=off; exit 0; }
printf 'pageChecksums=on\npages=%s\npagedFiles=%s\n' "$(line 'Blocks scanned')" "$(line 'Files scanned')"
printf '%s\n' "$output" | sed -n 's/^pg_checksums: error: //p' | named | head -n 10 | sed 's/^/wrong=/'
[ "$(line 'Bad checksums')" = 0 ] || printf '%s\n' "$output" | grep -q '^pg_checksums: error' || wrong "pg_checksums did not finish: $(printf '%s\n' "$output" | tail -n 1)"
