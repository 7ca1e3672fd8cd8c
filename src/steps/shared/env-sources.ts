import { lines, sh, type Script } from '../../shell/script.ts'

/** Where names and values are found: an env file, what a container was given when it was made, or all of a project's. */
export type Source = (
  { readonly file: string } | { readonly container: string } | { readonly project: string }
) & {
  /** Another host of the plan; the step's own unless said. */
  readonly host?: string | undefined
  /** It is heard, and decides nothing that another source says. */
  readonly witness?: boolean | undefined
}

/** How people know a source: `/root/list.env`, `droplet: container n8n`, `droplet:/srv/old/.env`. */
export function labelOf(source: Source): string {
  const { host } = source
  if ('file' in source) return host === undefined ? source.file : `${host}:${source.file}`
  const name = 'container' in source ? `container ${source.container}` : `project ${source.project}`
  return host === undefined ? name : `${host}: ${name}`
}

/**
 * Shell words that read env sources where they are. `gather` prints a record for each of the names wanted, with its value:
 * what it prints is a secret. It also tells what it could not read: `absent=` and `problem=` of a source, `away=` and
 * `unread=` of a witness; and where others can read a file: `exposed=` of a source, which nothing is taken from then, and
 * `open=` of a witness.
 */
export function gatherWords(sources: readonly Source[], require: readonly string[]): Script {
  return lines(
    sh`
export LC_ALL=C
entries() { rank=$1 label=$2 names=${require.join(' ')} awk ${readEntries}; }
lacks() { case $1 in witness) echo "away=$2" ;; *) echo "absent=$2" ;; esac; }
of_file() { # RANK LABEL FILE
  if [ ! -f "$3" ]; then lacks "$1" "$2"; return; fi
  mode=$(stat -c %a -- "$3")
  case $1/$mode in
  */*00 | */) ;;
  # The old stack's own file is as the old stack needs it; what is handed over is its owner's to close.
  witness/*) echo "open=$2" ;;
  *) echo "exposed=$2 (mode $mode): chmod 600 $3"; return ;;
  esac
  if ! entries "$1" "$2" < "$3"; then
    case $1 in witness) echo "unread=$2 cannot be read" ;; *) echo "problem=$2 cannot be read" ;; esac
  fi
}
# A value may have several lines: the template ends each entry with a NUL.
of_container() { # RANK LABEL CONTAINER; a label that ends with a space gets the container's name
  docker container inspect --format ${'{{.Name}}{{printf "\\x00"}}{{range .Config.Env}}{{printf "%s\\x00" .}}{{end}}'} "$3" 2> /dev/null |
    tr '\\n\\0' '\\002\\n' | rank=$1 label=$2 names=${require.join(' ')} awk ${readContainer}
}
named() { # RANK LABEL CONTAINER
  if docker container inspect "$3" > /dev/null 2>&1; then of_container "$@"; else lacks "$1" "$2"; fi
}
of_project() { # RANK LABEL PROJECT HOST
  ids=$(docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$3" 2> /dev/null)
  [ -n "$ids" ] || lacks "$1" "$2"
  for id in $ids; do of_container "$1" "$4container " "$id"; done
}
# An engine that is away must not be taken for a container that is.
engine() { ${sources.some((source) => !('file' in source)) ? sh`docker ps -q > /dev/null || exit 3` : sh`:`}; }
gather() {
  :`,
    ...sources.map(gathered),
    sh`}`,
  )
}

function gathered(source: Source): Script {
  const [rank, label] = [source.witness === true ? 'witness' : 'source', labelOf(source)]
  if ('file' in source) return sh`  of_file ${rank} ${label} ${source.file}`
  if ('container' in source) return sh`  named ${rank} ${label} ${source.container}`
  return sh`  of_project ${rank} ${label} ${source.project} ${source.host === undefined ? '' : `${source.host}: `}`
}

const encode = String.raw`
# A record is a line: rank, label, whether it is unclear, name, value. Its value has no tab and no line feed.
function emit(unclear, name, value,   out, i, c) {
  if (ENVIRON["names"] != "" && index(" " ENVIRON["names"] " ", " " name " ") == 0) return
  for (i = 1; i <= length(value); i++) {
    c = substr(value, i, 1)
    out = out (c == "\\" ? "\\\\" : c == "\n" ? "\\n" : c == "\t" ? "\\t" : c)
  }
  printf "%s\t%s\t%s\t%s\t%s\n", ENVIRON["rank"], label, unclear, name, out
}`

/** Reads what Compose and our own secrets file read alike; what they do not is unclear, or a problem. An awk program. */
export const readEntries = String.raw`${encode}
BEGIN { label = ENVIRON["label"] }
function problem(what) { print (ENVIRON["rank"] == "witness" ? "unread=" : "problem=") label " line " start " " what }
function closing(text, quote,   i, c) {
  if (quote == "'") { i = index(substr(text, 2), quote); return i ? i + 1 : 0 }
  for (i = 2; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c == "\\") i++
    else if (c == quote) return i
  }
  return 0
}
function unescaped(text,   out, i, c) {
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c != "\\") { out = out c; continue }
    c = substr(text, ++i, 1)
    out = out (c == "n" ? "\n" : c == "r" ? "\r" : c == "t" ? "\t" : c == "\"" || c == "\\" || c == "$" ? c : "\\" c)
  }
  return out
}
# Where Compose would look for a variable, nobody can know which of the two values is meant.
function is_filled_in(text, quote) {
  if (quote == "\"") gsub(/\\./, "", text)
  return text ~ /[$][A-Za-z0-9_{$]/
}
{ sub(/\r$/, ""); line[NR] = $0 }
END {
  sub(/^\357\273\277/, "", line[1])
  for (n = 1; n <= NR; n++) {
    rest = line[n]; start = n
    if (rest ~ /^[ \t]*(#.*)?$/) continue
    if (!match(rest, /^[ \t]*(export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*[ \t]*=[ \t]*/)) { problem("is not NAME=value"); continue }
    name = substr(rest, 1, RLENGTH); rest = substr(rest, RLENGTH + 1)
    sub(/^[ \t]*(export[ \t]+)?/, "", name); sub(/[ \t]*=[ \t]*$/, "", name)
    quote = substr(rest, 1, 1)
    if (quote != "'" && quote != "\"") {
      sub(/(^|[ \t])#.*$/, "", rest); sub(/[ \t]+$/, "", rest)
      emit(is_filled_in(rest, ""), name, rest)
      continue
    }
    while (!(end = closing(rest, quote)) && n < NR) rest = rest "\n" line[++n]
    if (!end) { problem("has a quote that is not closed"); n = start; continue }
    if (substr(rest, end + 1) !~ /^[ \t]*(#.*)?$/) { problem("goes on behind its closing quote"); continue }
    value = substr(rest, 2, end - 2)
    if (quote == "'") emit(0, name, value)
    else emit(is_filled_in(value, quote), name, unescaped(value))
  }
}`

const readContainer = String.raw`${encode}
BEGIN { label = ENVIRON["label"] }
NR == 1 { if (label ~ / $/) label = label substr($0, 2); next }
{ gsub(/\002/, "\n"); at = index($0, "="); if (at > 1) emit(0, substr($0, 1, at - 1), substr($0, at + 1)) }`
