import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { scratchSide } from '../shared/scratch-servers.ts'
import { contentSql, indexSql } from './sql.ts'
import { dataWords, scratchWords } from '../shared/postgres-scratch.ts'
import { serverWords, type Server } from '../shared/postgres-server.ts'

export interface Audit extends Server {
  readonly backup: string
  readonly image: string
  readonly volume?: string | undefined
  readonly databases: 'all' | readonly string[]
  readonly tables: 'all' | readonly string[]
  readonly mayDiffer: readonly string[]
}

/**
 * Serves a scratch copy of the backup, reads both sides at the same time, each in one snapshot to a database, and checks
 * the other side's indexes. Prints numbers and differences, or `broken=` and which side could not be read, and why.
 */
export function auditScript(step: Audit, host: HostView): Script {
  const { backup, image, volume, databases, tables } = step
  const other =
    volume === undefined
      ? sh`
find_server || tell_problem
there=$server install=0`
      : sh`
at=$(docker volume inspect --format '{{.Mountpoint}}' ${volume}) || broken there "volume "${volume}" is not there"
using=$(docker ps --filter volume=${volume} --format '{{.Names}}')
[ -z "$using" ] || broken there "volume "${volume}" is used by container $using; name that container instead"
scratch_side there "$at"
there=$server install=1`
  return lines(
    dataWords,
    scratchWords(image, host),
    serverWords(step),
    sh`
set -u
umask 077
export LC_ALL=C PGOPTIONS='-c default_transaction_read_only=on'
tables=${JSON.stringify(tables === 'all' ? [] : tables)}
databases=${databases === 'all' ? '' : databases.join('\n')}
export MAY_DIFFER=${step.mayDiffer.join('\n')} WANTED=${tables === 'all' ? '' : tables.join('\n')} OTHER=${otherInWords(step)}
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"; scratch_end' EXIT
trap 'exit 1' TERM INT HUP
${scratchSide(sh`does not start on a copy of it`)}
printf %s ${contentSql} > "$work/content.sql"
printf %s ${indexSql} > "$work/index.sql"
scratch_clear`,
    other,
    sh`
scratch_side backup ${backup}
backup=$server
echo 'progress=reads both sides'
content() {
  list=$databases
  [ -n "$list" ] || list=$(asked "$2" -d postgres -c 'select datname from pg_database where datallowconn and not datistemplate order by 1' < /dev/null) || return
  printf '%s\\n' "$list" | sort > "$work/$1.databases"
  printf '%s\\n' "$list" | while IFS= read -r database; do
    asked "$2" -d "$database" -v "tables=$tables" < "$work/content.sql" || exit
  done > "$work/$1"
}
content backup "$backup" 2> "$work/backup.err" & side=$!
content there "$there" 2> "$work/there.err" || there=
wait "$side" || broken backup "$(why "$work/backup.err")"
[ -n "$there" ] || broken there "$(why "$work/there.err")"
awk ${COMPARE} "$work/backup" "$work/there" || exit 3
comm -23 "$work/backup.databases" "$work/there.databases" | sed 's/^/missingDatabase=/'
comm -13 "$work/backup.databases" "$work/there.databases" | sed 's/^/extraDatabase=/'
printf 'databases=%s\\n' "$(grep -c . "$work/there.databases")"
echo 'progress=checks the indexes'
while IFS= read -r database; do
  asked "$there" -d "$database" -v "install=$install" -v ON_ERROR_STOP=0 -v VERBOSITY=terse < "$work/index.sql" > "$work/indexes" 2> "$work/index.err" ||
    broken there "$(why "$work/index.err")"
  printf 'indexes=%s\\n' "$(grep -c '^index' "$work/indexes")"
  ! grep -q '^unchecked' "$work/indexes" || printf 'unchecked=%s\\n' "$database"
  # Terse, and without notices: a line to an error, in whatever language.
  grep . "$work/index.err" | sed 's/^/badIndex=/' | cut -c 1-300 | head -n 10
done < "$work/there.databases"
exit 0`,
  )
}

function otherInWords({ volume, container, project, service }: Audit): string {
  if (volume !== undefined) return `volume ${volume}`
  return container === undefined ? `${service} of project ${project}` : `container ${container}`
}

/** Compares as text: a number of 20 digits is more than awk can count. */
const COMPARE = String.raw`
BEGIN {
  FS = "\t"; other = ENVIRON["OTHER"]
  n = split(ENVIRON["MAY_DIFFER"], list, "\n"); for (i = 1; i <= n; i++) if (list[i] != "") may[list[i]] = 1
  n = split(ENVIRON["WANTED"], wanted, "\n")
}
{
  key = $1 FS $2 FS $3
  if ($2 == "table") known[$3] = known[$1 "." $3] = 1
  if ($2 == "sequence") known[$3] = known[$1 "." $3] = 1
  many[$1] = 1
}
FILENAME == ARGV[1] { order[++count] = key; definition[key] = $4; rows[key] = $5 ""; sum[key] = $6; owner[key] = $7; next }
{ seen[key] = 1; if (key in rows) thereDefinition[key] = $4; else { extra[++extras] = key; owner[key] = $7 } thereRows[key] = $5 ""; thereSum[key] = $6 }
function named(key,   part, i, several) {
  split(key, part, FS); for (i in many) several++
  return (part[2] == "table" ? "" : part[2] " ") (several > 1 ? part[1] "." : "") part[3]
}
function free(key,   part) {
  split(key, part, FS)
  return part[3] in may || (part[1] "." part[3]) in may || owner[key] in may || (part[1] "." owner[key]) in may
}
function differs(text) { if (++differences <= 10) print "difference=" substr(text, 1, 300) }
END {
  for (i = 1; i <= count; i++) {
    key = order[i]; split(key, part, FS)
    counted[part[2]]++
    if (!(key in seen)) { differs(named(key) ": missing in " other); continue }
    if (part[2] == "table") { tableRows += thereRows[key]; if (!free(key)) { compared++; equalRows += rows[key] } }
    if (definition[key] != thereDefinition[key]) differs(named(key) ": defined differently in " other)
    if (free(key)) {
      if (part[2] == "table") print "free=" named(key) ": " rows[key] " rows in the backup, " thereRows[key] " in " other
    } else if (part[2] == "sequence") {
      if (rows[key] != thereRows[key] || sum[key] != thereSum[key])
        differs(named(key) ": at " rows[key] " in the backup, at " thereRows[key] " in " other)
    } else if (rows[key] != thereRows[key]) {
      differs(named(key) ": " rows[key] " rows in the backup, " thereRows[key] " in " other)
    } else if (sum[key] != thereSum[key]) {
      differs(named(key) ": " rows[key] " rows on both sides, but not the same ones")
    }
  }
  for (i = 1; i <= extras; i++) if (!free(extra[i])) differs(named(extra[i]) ": only in " other)
  for (i = 1; i <= n; i++) if (wanted[i] != "" && !(wanted[i] in known)) differs(wanted[i] ": in neither of the two")
  for (name in may) if (!(name in known)) differs(name ": named in mayDiffer, and in neither of the two")
  printf "tables=%d\ncompared=%d\nrows=%.0f\nsequences=%d\nothers=%d\ndiffer=%d\n", counted["table"], compared, equalRows, counted["sequence"], counted["view"] + counted["function"], differences
}`
