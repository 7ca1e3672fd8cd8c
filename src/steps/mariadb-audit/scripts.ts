import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { scratchSide } from '../shared/scratch-servers.ts'
import { checksSql, definitionsSql, rowsSql } from './sql.ts'
import { mariadbData, mariadbScratch } from '../shared/mariadb-scratch.ts'

export interface Audit {
  readonly backup: string
  readonly image: string
  readonly volume: string
}

/** All that decides whether the audit can be made. Sizes are in bytes. */
export function lookScript({ backup, image, volume }: Audit): Script {
  return lines(
    mariadbData,
    sh`
set -u
volume=${volume}
docker info > /dev/null || exit
facts_of() {
  printf '%s=there\\n' "$1"
  find_data "$2"
  printf '%sProblem=%s\\n' "$1" "$problem"
  [ -z "$data" ] || printf 'needed=%s\\n' "$(du -sB1 -- "$data" | cut -f 1)"
}
[ ! -d ${backup} ] || facts_of backup ${backup}
if at=$(docker volume inspect --format '{{.Mountpoint}}' "$volume" 2> /dev/null); then
  facts_of volume "$at"
  docker ps --filter "volume=$volume" --format 'usedBy={{.Names}}'
fi
! docker image inspect ${image} > /dev/null 2>&1 || echo image=there
root=$(docker info --format '{{.DockerRootDir}}')
printf 'free=%s\\n' "$(df -B1 --output=avail -- "$root/volumes" | tail -n 1 | tr -d ' ')"`,
  )
}

/**
 * Serves scratch copies of both sides, reads both, and checks the volume's tables. Prints numbers and differences, or
 * `broken=` and which side could not be read, and why.
 */
export function auditScript({ backup, image, volume }: Audit, host: HostView): Script {
  return lines(
    mariadbData,
    mariadbScratch(image, host),
    sh`
set -u
umask 077
export LC_ALL=C
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"; scratch_end' EXIT
trap 'exit 1' TERM INT HUP
${scratchSide(sh`on a copy of it`)}
printf %s ${rowsSql} > "$work/rows.sql"
printf %s ${definitionsSql} > "$work/definitions.sql"
printf %s ${checksSql} > "$work/checks.sql"
scratch_clear
at=$(docker volume inspect --format '{{.Mountpoint}}' ${volume}) || broken there "volume "${volume}" is not there"
using=$(docker ps --filter volume=${volume} --format '{{.Names}}')
[ -z "$using" ] || broken there "volume "${volume}" is used by container $using"
scratch_side there "$at"
there=$server
scratch_side backup ${backup}
backup=$server
echo 'progress=reads both sides'
content() {
  for what in rows definitions; do
    # Raw: what is printed is what the next one reads.
    asked "$2" -r < "$work/$what.sql" > "$work/$1.$what.sql" && asked "$2" < "$work/$1.$what.sql" || return
  done > "$work/$1"
}
content backup "$backup" 2> "$work/backup.err" & side=$!
content there "$there" 2> "$work/there.err" || there=
wait "$side" || broken backup "$(why "$work/backup.err")"
[ -n "$there" ] || broken there "$(why "$work/there.err")"
awk ${COMPARE} "$work/backup" "$work/there" || exit 3
echo 'progress=checks the tables'
asked "$there" -r < "$work/checks.sql" > "$work/todo.sql" 2> "$work/check.err" && asked "$there" < "$work/todo.sql" > "$work/checks" 2> "$work/check.err" ||
  broken there "$(why "$work/check.err")"
printf 'checked=%s\\n' "$(grep -c '	status	OK$' "$work/checks")"
grep -v -e '	status	OK$' -e '	note	' "$work/checks" | tr '\\t' ' ' | cut -c 1-300 | sed 's/^/bad=/' | head -n 10
exit 0`,
  )
}

/** Compares as text: a sum of 20 digits is more than awk can count. */
const COMPARE = String.raw`
BEGIN { FS = "\t" }
$1 == "define" { now = $2; next }
{
  if ($1 == "rows") { key = "table " $2; value = $3 "|" $4 "|" $5 "|" $6 }
  else if ($1 == "trigger") { key = "trigger " $2; value = $3 }
  else { key = "definition " now; value = $0 }
}
FILENAME == ARGV[1] { order[++count] = key; backup[key] = value ""; next }
{ there[key] = value ""; if (!(key in backup)) extra[++extras] = key }
function differs(text) { if (++differences <= 10) print "difference=" substr(text, 1, 300) }
END {
  for (i = 1; i <= count; i++) {
    key = order[i]; name = key; sub(/^[a-z]+ /, "", name)
    what = key; sub(/ .*/, "", what)
    if (what == "table") tables++
    if (!(key in there)) { if (what != "definition") differs(key ": missing in the volume"); continue }
    if (what == "table") {
      split(backup[key], old, "|"); split(there[key], new, "|")
      rows += old[1]
      if (old[2] != "0" || new[2] != "0") differs(name ": " old[2] " rows are too large to be summed")
      else if (old[1] "" != new[1] "") differs(name ": " old[1] " rows in the backup, " new[1] " in the volume")
      else if (backup[key] != there[key]) differs(name ": " old[1] " rows on both sides, but not the same ones")
    } else if (backup[key] != there[key]) differs(name ": defined differently in the volume")
  }
  for (i = 1; i <= extras; i++) if (extra[i] !~ /^definition /) differs(extra[i] ": only in the volume")
  printf "tables=%d\nrows=%.0f\ndiffer=%d\n", tables, rows, differences
}`
