import type { HostView } from '../host/host.ts'
import { sh, type Script } from '../shell/script.ts'

/**
 * Checks a data directory of PostgreSQL with the programs of an image, in a scratch container: mounted read-only, without
 * a network, labelled, removed at the end; what an earlier call left behind goes first. Prints `version=`, whether page
 * checksums are `on` or `off`, how many pages were checked, and `wrong=` for what is wrong.
 */
export function checkPostgres(
  { from, image }: { readonly from: string; readonly image: string },
  host: HostView,
): Script {
  // One field of a line of CSV, which is what --mount takes: any character may be in it.
  const mount = `type=bind,"source=${from.replaceAll('"', '""')}",target=/audited,readonly`
  return sh`
scratch=${`reinstate.scratch=${host.mark}`}
clear_scratch() { docker ps -aq --filter "label=$scratch" | xargs -r docker rm -fv > /dev/null 2>&1 || :; }
clear_scratch
trap clear_scratch EXIT
trap 'exit 1' TERM INT HUP
wrong() { printf 'wrong=%s\\n' "$1"; }
named() { sed "s|/audited|$from|g"; }
major=$(cat "$from/PG_VERSION" 2> /dev/null) || { wrong "it holds no PG_VERSION, so it is not a data directory of PostgreSQL"; exit 0; }
linked=$(find "$from/pg_tblspc" "$from/pg_wal" "$from/pg_xlog" -maxdepth 1 -type l -print -quit 2> /dev/null)
[ -z "$linked" ] || { wrong "a part of it lies elsewhere: $linked is a link"; exit 0; }
said=$(docker run --pull never --network none --read-only --user 0 --label "$scratch" --mount ${mount} -e LC_ALL=C --entrypoint sh ${image} -c ${inside} 2>&1) ||
  fail "the scratch container of "${image}" ended with $?: $(printf '%s' "$said" | tail -n 1)"
line() { printf '%s\\n' "$said" | sed -n "s/^$1: *//p" | head -n 1; }
its=$(printf '%s\\n' "$said" | sed -n 's/^version .* \\([0-9][0-9.]*\\).*$/\\1/p' | head -n 1)
[ -n "$its" ] || fail "there is no pg_controldata in the image "${image}
echo "version=$major"
case $its in "$major" | "$major".*) ;; *) wrong "its PG_VERSION is $major, and the image "${image}" has PostgreSQL $its"; exit 0 ;; esac
case $(line 'Database cluster state') in
'shut down' | 'shut down in recovery') ;;
'') wrong "its global/pg_control cannot be read: $(printf '%s\\n' "$said" | grep 'pg_controldata: ' | head -n 1 | named)"; exit 0 ;;
*) wrong "its database was not shut down cleanly: its state is $(line 'Database cluster state')"; exit 0 ;;
esac
case $said in *'CRC checksum does not match'*) wrong "global/pg_control is damaged: its own checksum is wrong"; exit 0 ;; esac
[ "$(line 'Data page checksum version')" != 0 ] || { echo pageChecksums=off; exit 0; }
printf 'pageChecksums=on\\npages=%s\\npagedFiles=%s\\n' "$(line 'Blocks scanned')" "$(line 'Files scanned')"
printf '%s\\n' "$said" | sed -n 's/^pg_checksums: error: //p' | named | head -n 10 | sed 's/^/wrong=/'
[ "$(line 'Bad checksums')" = 0 ] || [ -n "$(printf '%s\\n' "$said" | grep '^pg_checksums: error')" ] || wrong "pg_checksums came to no end: $(printf '%s\\n' "$said" | tail -n 1)"`
}

/** Run in the container. Some images keep the programs off the PATH. */
const inside = `
for name in pg_controldata pg_checksums; do
  at=$(command -v $name || ls -d /usr/lib/postgresql/*/bin/$name /usr/local/pgsql/bin/$name 2> /dev/null | head -n 1)
  [ -n "$at" ] || continue
  [ $name = pg_checksums ] || echo "version $("$at" --version)"
  case $name in pg_controldata) "$at" -D /audited ;; *) "$at" --check -D /audited ;; esac
done 2>&1
exit 0`
