# shellcheck shell=sh
# shellcheck disable=SC2154
# Checks a MariaDB data directory at rest with the programs of an image, in a scratch container: that its server stopped
# cleanly, and the page checksums of every table. Prints `version=`, `pageChecksums=` on or off, `pagedFiles=`, and `wrong=`
# for damage. Leaves ibdata1 out: the checksums of its doublewrite area may be invalid.
: "${from?}"
. ./mariadb-data.sh
. ./scratch-reader.sh
find_data "$from"
[ -z "$problem" ] || { wrong "it $problem"; exit 0; }
[ "$data" = "$from" ] || { wrong "its data directory is $data; use that path"; exit 0; }
read_inside
line() { printf '%s\n' "$output" | sed -n "s/^$1=//p" | head -n 1; }
its=$(line version)
[ -n "$its" ] || fail "the image $image has no MariaDB server"
was=$(cat "$from/mariadb_upgrade_info" "$from/mysql_upgrade_info" 2> /dev/null | head -n 1 | tr -dc 'A-Za-z0-9.-')
printf 'version=%s\n' "${was:-$its}"
[ "$(line innochecksum)" = there ] || { echo pageChecksums=off; exit 0; }
printf 'pageChecksums=on\npages=%s\npagedFiles=%s\n' "$(line pages)" "$(line files)"
printf '%s\n' "$output" | sed -n 's/^damaged=/wrong=/p' | head -n 10
