import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { mariadbData } from '../shared/mariadb-scratch.ts'
import { readerWords, readInside } from './scratch-reader.ts'

/**
 * Checks a data directory of MariaDB, at rest: that its server was stopped cleanly, and the checksums of the pages of every
 * table, with the programs of an image in a scratch container: mounted read-only, without a network, labelled, removed at
 * the end; what an earlier call left behind goes first. Prints `version=`, whether page checksums are `on`, in how many
 * files, and `wrong=` for what is wrong. ibdata1 is left out: its part for double writes has no checksums that must hold.
 */
export function checkMariadb(
  backup: { readonly from: string; readonly image: string },
  host: HostView,
): Script {
  return lines(
    mariadbData,
    readerWords(host),
    sh`find_data "$from"
[ -z "$problem" ] || { wrong "it $problem"; exit 0; }
[ "$data" = "$from" ] || { wrong "its data directory is $data; name that"; exit 0; }`,
    readInside(backup, inside),
    sh`line() { printf '%s\\n' "$said" | sed -n "s/^$1=//p" | head -n 1; }
its=$(line version)
[ -n "$its" ] || fail "there is no server of MariaDB in the image "${backup.image}
was=$(cat "$from/mariadb_upgrade_info" "$from/mysql_upgrade_info" 2> /dev/null | head -n 1 | tr -dc 'A-Za-z0-9.-')
printf 'version=%s\\n' "\${was:-$its}"
[ "$(line innochecksum)" = there ] || { echo pageChecksums=off; exit 0; }
printf 'pageChecksums=on\\npages=%s\\npagedFiles=%s\\n' "$(line pages)" "$(line files)"
printf '%s\\n' "$said" | sed -n 's/^damaged=/wrong=/p' | head -n 10`,
  )
}

/** Run in the container; a page is 16 KiB unless its server was told otherwise, and is only counted here. */
const inside = `
server=$(command -v mariadbd || command -v mysqld) || exit 0
echo "version=$("$server" --no-defaults --version 2>/dev/null | sed -n 's/^.* Ver \\([0-9.]*\\).*$/\\1/p')"
command -v innochecksum > /dev/null && echo innochecksum=there || exit 0
cd /audited
find . -name '*.ibd' -o -name 'undo[0-9]*' | sort > /dev/shm/files
while IFS= read -r file; do
  innochecksum "$file" > /dev/shm/said 2>&1 || echo "damaged=\${file#./}: $(grep . /dev/shm/said | head -n 1)"
done < /dev/shm/files
echo "files=$(grep -c . /dev/shm/files)"
echo "pages=$(tr '\\n' '\\0' < /dev/shm/files | xargs -0 -r stat -c %s | awk '{ sum += $1 } END { printf "%.0f", sum / 16384 }')"
exit 0`
