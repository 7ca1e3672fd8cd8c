import { lines, sh, type Script } from '../../shell/script.ts'

interface Probe {
  readonly url: string
  readonly status: number
  readonly header?: Readonly<Record<string, string | { readonly contains: string }>> | undefined
  readonly mark?: { readonly header: string; readonly value: string } | undefined
  readonly insecure: boolean
  readonly caFile?: string | undefined
  readonly bodyContains?: string | undefined
  readonly bodyEquals?: string | undefined
  readonly bodySha256?: string | undefined
  readonly resolve?: string | undefined
  readonly followRedirects: boolean
  readonly passes: number
  readonly everySeconds: number
  readonly within: number
  readonly maxSeconds: number
}

/**
 * Asks with GET until `passes` answers in a row are right or the time is over, and prints what the last answer was.
 * Time is the machine's uptime: a clock that is set meanwhile does not matter.
 */
export function probe(step: Probe): Script {
  const { url, status, passes, everySeconds, within, maxSeconds } = step
  return lines(
    sh`
set -u
command -v curl > /dev/null || { echo 'curl is not installed on this host; install it' >&2; exit 3; }
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' TERM INT HUP
now() { read -r up _ < /proc/uptime; echo "\${up%.*}"; }
body_sum() { sum=$(sha256sum < "$work/body"); printf '%s' "\${sum%% *}"; }
# Of the last answer only: a redirect on the way to it has headers of its own.
header_has() {
  tr -d '\\r' < "$work/head" | HOW=$1 NAME=$2 VALUE=$3 awk '
    /^HTTP\\// { found = 0; next }
    { at = index($0, ":"); name = substr($0, 1, at - 1); value = substr($0, at + 1); gsub(/^[ \\t]+|[ \\t]+$/, "", value) }
    tolower(name) != tolower(ENVIRON["NAME"]) { next }
    ENVIRON["HOW"] == "shown" { print value; next }
    ENVIRON["HOW"] == "is" && value == ENVIRON["VALUE"] { found = 1 }
    ENVIRON["HOW"] == "contains" && index(value, ENVIRON["VALUE"]) { found = 1 }
    END { exit !found }'
}`,
    sh`right() {`,
    ...markIs(step),
    sh`  [ "$status" = ${status} ] || { why="not "${status}; return 1; }`,
    ...expectations(step),
    sh`}
end=$(($(now) + ${within})) asked=0 row=0 passed=no
while :; do
  asked=$((asked + 1)) why= code=0
  : > "$work/body"; : > "$work/head"
  # No answer is waited for beyond the deadline.
  most=$((end - $(now)))
  [ "$most" -lt ${maxSeconds} ] || most=${maxSeconds}
  [ "$most" -gt 0 ] || most=1
  status=$(curl -q -sS --globoff --noproxy '*' --proto =http,https --max-time "$most" --max-filesize 67108864 \\
    ${options(step)} -o "$work/body" -D "$work/head" -w '%{http_code}' -- ${url} 2> "$work/said") || code=$?
  if [ "$code" = 0 ] && right; then row=$((row + 1)); else row=0; fi
  [ "$code" = 0 ] || why=$(head -n 1 "$work/said")
  [ "$row" -lt ${passes} ] || { passed=yes; break; }
  [ $(($(now) + ${everySeconds})) -le "$end" ] || break
  sleep ${everySeconds}
done
printf 'passed=%s\\nasked=%s\\ncode=%s\\nstatus=%s\\n' "$passed" "$asked" "$code" "$status"
[ -z "$why" ] || printf 'why=%s\\n' "$why"
printf 'sha256=%s\\nbody=%s\\n' "$(body_sum)" "$(head -c 900 "$work/body" | base64 | tr -d '\\n')"`,
  )
}

function options({ resolve, followRedirects, insecure, caFile }: Probe): Script {
  const words = [
    ...(resolve === undefined ? [] : ['--resolve', resolve]),
    ...(followRedirects ? ['-L', '--max-redirs', '5'] : []),
    ...(insecure ? ['--insecure'] : []),
    ...(caFile === undefined ? [] : ['--cacert', caFile]),
  ]
  return sh`${words}`
}

/** Asked first: whatever else is wrong, the answer of another stack says nothing about this one. */
function markIs({ mark }: Probe): Script[] {
  if (mark === undefined) return []
  const { header, value } = mark
  const other = `answered by another stack: header ${header} is`
  return [
    sh`  header_has is ${header} ${value} || {
    shown=$(header_has shown ${header} '' | head -n 1 | cut -c 1-100)
    if [ -n "$shown" ]; then why=${other}" $shown, not "${value}; else why=${`${other} missing`}; fi
    return 1
  }`,
  ]
}

function expectations({ header = {}, bodyContains, bodyEquals, bodySha256 }: Probe): Script[] {
  return [
    ...Object.entries(header).map(([name, value]) =>
      typeof value === 'string'
        ? sh`  header_has is ${name} ${value} || { why=${`without the header ${name}: ${value}`}; return 1; }`
        : sh`  header_has contains ${name} ${value.contains} || { why=${`without ${value.contains} in the header ${name}`}; return 1; }`,
    ),
    ...(bodyContains === undefined
      ? []
      : [
          sh`  grep -qF -e ${bodyContains} -- "$work/body" || { why='but its body does not contain what it should'; return 1; }`,
        ]),
    ...(bodyEquals === undefined
      ? []
      : [
          sh`  printf %s ${bodyEquals} | cmp -s - "$work/body" || { why='but its body is another'; return 1; }`,
        ]),
    ...(bodySha256 === undefined
      ? []
      : [
          sh`  [ "$(body_sum)" = ${bodySha256} ] || { why="but its body has sha256 $(body_sum)"; return 1; }`,
        ]),
  ]
}
