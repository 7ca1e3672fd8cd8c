import { z } from 'zod'
import type { HostView } from '../host/host.ts'
import { question } from '../shell/command.ts'
import { lines, sh, type Script } from '../shell/script.ts'
import { shellFile } from '../shell/shell-file.ts'
import { filesOf, type ProjectRef } from '../steps/shared/compose-project.ts'
import { many, maybe, readFacts } from '../steps/facts.ts'
import { credentialsShape } from './credentials.ts'
import { NEEDED_LINE } from './server-options.ts'
import { readJson } from './survey.ts'

const named = z
  .record(
    z.string(),
    z.looseObject({ name: z.string().optional(), external: z.union([z.boolean(), z.unknown()]).optional() }),
  )
  .nullish()

// Other fields are dropped, the values of variables above all.
const configuration = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string().optional(),
      container_name: z.string().optional(),
      command: z.union([z.string().transform((text) => text.split(/\s+/)), z.array(z.string())]).nullish(),
      environment: credentialsShape,
      build: z
        .unknown()
        .optional()
        .transform((value) => value !== undefined),
    }),
  ),
  volumes: named,
  networks: named,
})
export type InspectedConfiguration = z.infer<typeof configuration>

/** What to inspect of one project. */
export interface InspectOptions {
  readonly project: ProjectRef
  /** Directories on the host that hold the data of volumes and bind mounts. */
  readonly places: readonly string[]
  readonly backup: string
  /** Names by which a crontab or a timer can refer to this project. */
  readonly words: readonly string[]
  /** Files and directories from which servers of databases may read settings. */
  readonly serverConfigurations: readonly string[]
  /** Requested once with GET, for its current status. */
  readonly url: string | undefined
}

export type Inspection = Awaited<ReturnType<typeof inspect>>

/** Reads a project's Compose files, data, schedules and backup, in one exec. Changes nothing. */
export async function inspect(options: InspectOptions, host: HostView) {
  const output = await host.ask(question(inspectScript(options), { timeoutSeconds: 600 }))
  const found = readFacts(output, {
    ...{
      absent: many,
      wrong: maybe,
      config: maybe,
      hash: many,
      directory: many,
      postgres: many,
      innodb: many,
      mongo: many,
      redis: many,
      setting: many,
    },
    ...{ inBackup: many, manifest: many, dump: many, backup: maybe, schedule: many, status: maybe },
  })
  const parsed = found.config === undefined ? undefined : configuration.safeParse(readJson(found.config))
  return {
    ...found,
    config: parsed?.success ? parsed.data : undefined,
    hashes: new Map(found.hash.map((line) => line.split(' ')).map(([name = '', hash = '']) => [name, hash])),
    /** The data directory and the version of each database found. */
    postgres: found.postgres.map(atAndVersion),
    innodb: found.innodb.map(atAndVersion),
    /** Lines of mounted configuration, and the path of the mount. */
    settings: found.setting.map((line) => {
      const cut = line.indexOf('|')
      return { at: line.slice(0, cut), line: line.slice(cut + 1) }
    }),
  }
}

function atAndVersion(line: string): { readonly at: string; readonly version: string } {
  const cut = line.lastIndexOf('|')
  return { at: line.slice(0, cut), version: line.slice(cut + 1) }
}

function inspectScript({ project, places, backup, words, serverConfigurations, url }: InspectOptions) {
  const files = filesOf(project)
  return lines(
    shellFile('shared/compose.sh', { project: project.project, files }),
    sh`
set -u
backup=${backup}
whole=yes
for file in ${files}; do [ -f "$file" ] || { printf 'absent=%s\\n' "$file"; whole=; }; done
if [ -n "$whole" ]; then
  if config=$(compose config --format json 2> /dev/null); then
    printf 'config=%s\\n' "$(printf %s "$config" | tr -d '\\n')"
    printf %s "$config" | hashes 2> /dev/null | sed 's/^/hash=/'
  else
    # Run again for the error. Text near a mistake in an .env may be a password.
    printf 'wrong=%s\\n' "$(compose config --quiet 2>&1 | tail -n 1 | sed 's/ near .*//' | cut -c 1-200)"
  fi
fi
[ ! -d "$backup" ] || echo backup=there
for place in ${places} "$backup"; do
  [ ! -d "$place" ] || printf 'directory=%s\\n' "$place"
  find "$place" -maxdepth 4 -path '*/global/pg_control' -printf '%h\\n' 2> /dev/null | sed 's/\\/global$//' | while IFS= read -r data; do
    printf 'postgres=%s|%s\\n' "$data" "$(head -n 1 "$data/PG_VERSION")"
  done
  find "$place" -maxdepth 3 -name ibdata1 -printf '%h\\n' 2> /dev/null | while IFS= read -r data; do
    version=$(cat "$data/mariadb_upgrade_info" "$data/mysql_upgrade_info" 2> /dev/null | head -n 1 | tr -dc 'A-Za-z0-9.-')
    [ -z "$version" ] && [ -e "$data/mysql.ibd" ] && version=MySQL
    printf 'innodb=%s|%s\\n' "$data" "$version"
  done
  find "$place" -maxdepth 2 -name storage.bson -printf 'mongo=%h\\n' 2> /dev/null
  find "$place" -maxdepth 2 \\( -name dump.rdb -o -name appendonlydir \\) -printf 'redis=%h\\n' 2> /dev/null
done
for place in ${serverConfigurations}; do
  find "$place" -maxdepth 2 -type f -size -64k 2> /dev/null | head -n 50 | while IFS= read -r file; do
    grep -hiE -e ${NEEDED_LINE} -- "$file" 2> /dev/null
  done | while IFS= read -r line; do printf 'setting=%s|%s\\n' "$place" "$line"; done
done
find "$backup" -mindepth 1 -maxdepth 1 -type d ! -name '*[^A-Za-z0-9_.-]*' -printf 'inBackup=%f\\n' 2> /dev/null
find "$backup" -maxdepth 1 -type f \\( -iname '*.sha256' -o -iname 'sha256sums*' \\) ! -name '*[^A-Za-z0-9_.-]*' -printf 'manifest=%p\\n' 2> /dev/null
find "$backup" -maxdepth 2 -type f \\( -name '*.sql' -o -name '*.sql.*' -o -name '*.dump' -o -name '*.tar' -o -name '*.tar.*' -o -name '*.tgz' \\) ! -name '*[^A-Za-z0-9_.-]*' -printf 'dump=%p\\n' 2> /dev/null | head -n 5`,
    schedulesScript(words),
    url === undefined
      ? sh`exit 0`
      : sh`
printf 'status=%s\\n' "$(curl -sk -o /dev/null -w '%{http_code}' --max-time 5 ${url} 2> /dev/null)"
exit 0`,
  )
}

/**
 * Prints `schedule=` with file and line for each crontab, timer, and script that these call, which contains one of the
 * words. It prints no content: a line of a crontab may hold a password.
 */
export function schedulesScript(words: readonly string[]): Script {
  return sh`
crontabs='/etc/crontab /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly /var/spool/cron'
units=/etc/systemd/system
naming() { # FILE…: each line in them with one of the words, comments excluded
  for word in ${words}; do
    grep -rnIwF -e "$word" -- "$@" /dev/null 2> /dev/null
  done | grep -v '^[^:]*:[0-9]*:[[:space:]]*#' | cut -d : -f 1,2 | sort -u -t : -k 1,1 -k 2,2n
}
# A script is found by its path, one level deep: /usr/local/bin/nightly.sh in a crontab, or what a timer's service starts.
called() {
  grep -rnIoE '/[A-Za-z0-9_./-]+' $crontabs $units 2> /dev/null | while IFS=: read -r by number script; do
    case $script in /bin/* | /sbin/* | /usr/bin/* | /usr/sbin/* | /dev/* | /proc/* | /sys/* | /etc/systemd/system/*) continue ;; esac
    [ ! -f "$script" ] || [ "$(stat -c %s "$script")" -gt 1048576 ] || printf '%s:%s:%s\\n' "$by" "$number" "$script"
  done | sort -u
}
when() { # UNIT: the schedule of its timer
  timer=\${1%.*}.timer
  [ -f "$timer" ] || return 0
  sed -n 's/^ *On\\([A-Za-z]*\\) *= *\\([A-Za-z0-9*:,./ -]*\\)$/, by its timer: On\\1=\\2/p' "$timer" | head -n 1
}
{
  naming $crontabs $units | while IFS=: read -r file number; do
    case $file in $units/*) printf '%s, line %s%s\\n' "$file" "$number" "$(when "$file")" ;; *) printf '%s, line %s\\n' "$file" "$number" ;; esac
  done
  called | while IFS=: read -r by line script; do
    naming "$script" | head -n 1 | while IFS=: read -r file number; do
      printf '%s, line %s, called by %s, line %s%s\\n' "$file" "$number" "$by" "$line" "$(when "$by")"
    done
  done
} | sort -u | head -n 20 | sed 's/^/schedule=/'`
}
