import type { Environment } from '../../shell/command.ts'
import { lines, sh, type Script } from '../../shell/script.ts'

interface Check {
  readonly container?: string | undefined
  readonly project?: string | undefined
  readonly service?: string | undefined
  readonly status: string
  readonly exitCode?: number | undefined
  readonly upFor?: number | undefined
  readonly environment?: Environment | undefined
  readonly user?: string | undefined
  readonly mounts?: Readonly<Record<string, string>> | undefined
  readonly exec?:
    | {
        readonly command: readonly string[]
        readonly equals?: string | undefined
        readonly contains?: string | undefined
      }
    | undefined
}

/** The expected values, for the environment of the script: they are in no text and in no process list. */
export function expectedVariables({ environment = {} }: Check): Environment {
  return Object.fromEntries(Object.values(environment).map((value, index) => [`EXPECTED_${index}`, value]))
}

/** Prints how many containers there are and, for each, `wrong=` and what is not as it should be. */
export function checkContainer(step: Check): Script {
  return lines(
    sh`
set -u
ids=$(${idsOf(step)}) || exit 2
set -- $ids
errors=$(mktemp) || exit 2
trap 'rm -f -- "$errors"' EXIT
echo "containers=$#"
[ $# -gt 0 ] || echo "wrong=there is no such container"
field() { docker inspect --type container --format "$1" "$id"; }
sum() { sha256sum | cut -c 1-64; }
wrong() { printf 'wrong=%s: %s\\n' "$name" "$1"; }
for id; do
  name=$(field '{{.Name}}') || exit 2
  name=\${name#/}`,
    stateIs(step),
    ...Object.keys(step.environment ?? {}).map(variableIs),
    ...Object.entries(step.mounts ?? {}).map(mountIs),
    sh`[ "$(field '{{.State.Running}}')" = true ] || continue`,
    ...(step.user === undefined ? [] : [userIs(step.user)]),
    ...(step.exec ? [saysInside(step.exec)] : []),
    sh`done`,
  )
}

function idsOf({ container, project = '', service = '' }: Check): Script {
  const one = sh`docker ps -aq --no-trunc --filter ${`name=^/?${(container ?? '').replaceAll('.', '\\.')}$`}`
  const all = sh`docker ps -aq --no-trunc --filter label=com.docker.compose.project=${project} --filter label=com.docker.compose.service=${service} --filter label=com.docker.compose.oneoff=False`
  return container === undefined ? all : one
}

function stateIs({ status, exitCode, upFor }: Check): Script {
  return lines(
    sh`
state=$(field '{{.State.Status}}') code=$(field '{{.State.ExitCode}}')
[ "$state" = ${status} ] || wrong "is $state, its last exit code $code, not "${status}`,
    ...(exitCode === undefined
      ? []
      : [sh`[ "$code" = ${exitCode} ] || wrong "ended with $code, not "${exitCode}`]),
    ...(upFor === undefined
      ? []
      : [
          sh`
since=$(date -d "$(field '{{.State.StartedAt}}')" +%s) || exit 2
up=$(($(date +%s) - since))
[ "$state" != running ] || [ "$up" -ge ${upFor} ] || wrong "runs for $up s, not for "${upFor}`,
        ]),
  )
}

/** Both as one sum: what the container has, as the engine gives it to its first process, and what it should have. */
function variableIs(name: string, index: number): Script {
  const value = `{{range .Config.Env}}{{if ge (len .) ${name.length + 1}}}{{if eq (slice . 0 ${name.length + 1}) "${name}="}}has:{{slice . ${name.length + 1}}}{{end}}{{end}}{{end}}`
  return sh`
has=$(field ${value} | sum)
case $has in
"$(printf 'has:%s\\n' "\${${variable(index)}}" | sum)") ;;
"$(printf '\\n' | sum)") wrong ${`has no variable ${name}`} ;;
*) wrong ${`its variable ${name} has another value`} ;;
esac`
}

function variable(index: number): Script {
  return sh`EXPECTED_${index}`
}

function mountIs([target, source]: readonly [string, string]): Script {
  const at = `{{range .Mounts}}{{if eq .Destination ${JSON.stringify(target)}}}{{if eq .Type "volume"}}{{.Name}}{{else}}{{.Source}}{{end}}{{end}}{{end}}`
  return sh`
has=$(field ${at})
[ "$has" = ${source} ] || wrong "has \${has:-nothing} at "${`${target}, not ${source}`}`
}

/** The user of the first process, called as the container's own list of users calls it. */
function userIs(user: string): Script {
  return sh`
pid=$(field '{{.State.Pid}}')
uid=$(awk '$1 == "Uid:" { print $3 }' "/proc/$pid/status" 2> /dev/null)
called=$(docker cp "$id:/etc/passwd" - 2> /dev/null | tar -xO 2> /dev/null | awk -F : -v uid="$uid" '$3 == uid { print $1; exit }')
case ${user} in "$uid" | "$called") ;; *) wrong "runs as user \${uid:-unknown} (\${called:-without a name}), not "${user} ;; esac`
}

function saysInside({ command, equals, contains }: NonNullable<Check['exec']>): Script {
  return lines(
    sh`
code=0
said=$(timeout -k 5 60 docker exec "$id" ${command} 2> "$errors") || code=$?
first=$(printf %s "$said" | head -c 200 | tr '\\n' ' ')
[ "$code" = 0 ] || wrong "the command inside ended with $code and said: $(printf '%s %s' "$(tail -n 1 "$errors" | cut -c 1-200)" "\${first:-nothing}")"`,
    ...(equals === undefined
      ? []
      : [
          sh`[ "$said" = ${equals.replace(/\n+$/, '')} ] || wrong "the command inside said: \${first:-nothing}, and not what it should"`,
        ]),
    ...(contains === undefined
      ? []
      : [
          sh`case $said in *${contains}*) ;; *) wrong "the command inside said: \${first:-nothing}, which does not contain what it should" ;; esac`,
        ]),
  )
}
