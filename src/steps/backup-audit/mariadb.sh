# shellcheck shell=sh
# shellcheck disable=SC2154
# Checks a data directory of MariaDB, at rest: that its server was stopped cleanly, and the checksums of the pages of every
# table, with the programs of an image in a scratch container. Prints `version=`, whether page checksums are `on`, in how
# many files, and `wrong=` for what is wrong. ibdata1 is left out: its part for double writes has no checksums that must
# hold.
: "${from?}"
. ../shared/mariadb-data.sh
. ./scratch-reader.sh
find_data "$from"
[ -z "$problem" ] || { wrong "it $problem"; exit 0; }
[ "$data" = "$from" ] || { wrong "its data directory is $data; name that"; exit 0; }
read_inside
line() { printf '%s\n' "$said" | sed -n "s/^$1=//p" | head -n 1; }
its=$(line version)
[ -n "$its" ] || fail "there is no server of MariaDB in the image $image"
was=$(cat "$from/mariadb_upgrade_info" "$from/mysql_upgrade_info" 2> /dev/null | head -n 1 | tr -dc 'A-Za-z0-9.-')
printf 'version=%s\n' "${was:-$its}"
[ "$(line innochecksum)" = there ] || { echo pageChecksums=off; exit 0; }
printf 'pageChecksums=on\npages=%s\npagedFiles=%s\n' "$(line pages)" "$(line files)"
printf '%s\n' "$said" | sed -n 's/^damaged=/wrong=/p' | head -n 10
