import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'

interface Listed {
  /** Rows of `id policy`: those of one row are started together. */
  readonly ran: readonly (readonly string[])[]
  readonly stopped: readonly string[]
}

/** How long one row may take to be well before the next one is started all the same. */
const SETTLE_SECONDS = 60

/** Sets the restart policies aside, then, unless they are only held, stops row by row, last to first. What others removed meanwhile is passed over. */
export function stopInOrder(
  { ran, stopped, killAfter, holdOnly }: Listed & { readonly killAfter: number; readonly holdOnly: boolean },
  host: HostView,
): Script {
  const ids = (row: readonly string[]) => row.map((line) => line.split(' ')[0] ?? '')
  const rows = holdOnly ? [] : [...ran].reverse().map((row) => sh`stop_row ${ids(row)}`)
  return lines(
    words,
    sh`
umask 077
mkdir -p -- ${host.keepsakes}
: > ${host.keepsakes}/begun
sync -- ${host.keepsakes}
# One question for all of a row: visitors wait while this runs.
there() {
  all=$(docker ps -aq --no-trunc) || fail 'the Docker engine does not answer'
  here=
  for id in "$@"; do case $all in *"$id"*) here="$here $id" ;; esac; done
}
stop_row() { there "$@"; [ -z "$here" ] || docker stop -t ${killAfter} $here > /dev/null; }
there ${[...ran, stopped].flatMap(ids)}
[ -z "$here" ] || docker update --restart no $here > /dev/null`,
    ...rows,
  )
}

/**
 * Gives the policies back, then starts row by row what ran. Each row is waited for until it is well, for a minute at
 * most. Prints `gone=` for what is not there any more; fails with a container that does not stay up.
 */
export function startAgain({ ran, stopped }: Listed, host: HostView): Script {
  const policies = [...ran.flat(), ...stopped].map((line) => {
    const [id = '', policy = 'no'] = line.split(' ')
    return sh`if gone ${id}; then echo gone=${id}; else docker update --restart ${policy} ${id} > /dev/null; fi`
  })
  const rows = ran.map((row) => sh`start_row ${row.map((line) => line.split(' ')[0] ?? '')}`)
  return lines(
    sh`[ -e ${host.keepsakes}/begun ] || exit 0`,
    startWords,
    ...policies,
    ...rows,
    sh`rm -f -- ${host.keepsakes}/begun`,
  )
}

/** `gone ID` says whether a container is not there any more. An engine that does not answer is no yes. */
const words = sh`
set -eu
fail() { printf '%s\\n' "$*" >&2; exit 1; }
gone() {
  said=$(docker inspect --type container --format x "$1" 2>&1) && return 1
  case $said in *[Nn]"o such container"*) return 0 ;; *) fail "$said" ;; esac
}`

/**
 * `start_row IDS` starts what of these is there and waits until it is well, for a minute at most. Fails with the
 * container that does not stay up. It brings `gone` and `fail`, and sets -eu.
 */
export const startWords = lines(
  words,
  sh`
now() { read -r up _ < /proc/uptime; echo "\${up%.*}"; }
# Running without a health check, or healthy; in a loop of restarts as it may have been before.
unwell() {
  docker inspect --type container --format '{{.Name}} {{.State.Status}}/{{with index .State "Health"}}{{.Status}}{{end}}' "$@" |
    grep -v -e ' running/$' -e ' running/healthy$' -e ' restarting/' || :
}
start_row() {
  wanted=$*
  set --; for id in $wanted; do gone "$id" || set -- "$@" "$id"; done
  [ $# -gt 0 ] || return 0
  docker start "$@" > /dev/null
  until=$(($(now) + ${SETTLE_SECONDS}))
  while [ -n "$(unwell "$@")" ] && [ "$(now)" -lt $until ]; do sleep 0.3; done
  # One that is up and not healthy was perhaps never healthy: that is not this step's to judge.
  for id in "$@"; do
    case $(docker inspect --type container --format '{{.State.Status}}' "$id") in running | restarting) continue ;; esac
    last=$(docker logs --tail 3 "$id" 2>&1 | cut -c 1-200 | tr '\\n' '/')
    fail "container $(docker inspect --format '{{.Name}}, which ran before, is {{.State.Status}}, exit code {{.State.ExitCode}}' "$id"); its last lines: \${last:-none}"
  done
}`,
)
