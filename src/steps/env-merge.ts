import { lines, sh, type Script } from '../shell/script.ts'

/** Where names and values are found: an env file, or what a container was given when it was made. */
export type Source = { readonly file: string } | { readonly container: string }

/** How people know a source. */
export function labelOf(source: Source): string {
  return 'file' in source ? source.file : `container ${source.container}`
}

interface Merge {
  /** The file that the values go into. What it has already counts as a source and is never changed. */
  readonly path: string
  readonly sources: readonly Source[]
  readonly require: readonly string[]
}

/**
 * Shell words that bring env files together on their host; no value is printed but by `merged`. `audit` prints names:
 * `absent=` sources, `problem=` lines, and names that are `missing=`, `empty=`, `unclear=` or that `differ=`, with their
 * sources. `merged` prints the file as it shall be, and fails where `audit` would name anything.
 */
export function mergeWords({ path, sources, require }: Merge): Script {
  const labels = [path, ...sources.map(labelOf)]
  return lines(
    sh`
export LC_ALL=C
path=${path}
entries() { number=$1 label=$2 awk ${readEntries}; }
merge() { names=${require.join(' ')} labels=${labels.join('\n')} mode=$1 awk ${mergeEntries}; }
gather() {
  [ ! -f "$path" ] || entries 0 "$path" < "$path"`,
    ...sources.map((source, index) => gathered(source, index + 1)),
    sh`
}
audit() {
  for file in ${sources.flatMap((source) => ('file' in source ? [source.file] : []))}; do
    [ -f "$file" ] || printf 'absent=%s\\n' "$file"
    case $(stat -c %a -- "$file" 2> /dev/null) in *00 | '') ;; *) printf 'open=%s\\n' "$file" ;; esac
  done
  for name in ${sources.flatMap((source) => ('container' in source ? [source.container] : []))}; do
    docker container inspect "$name" > /dev/null 2>&1 || printf 'absent=container %s\\n' "$name"
  done
  gather | merge audit
}
merged() {
  more=$(gather | merge text) || return 1
  [ ! -f "$path" ] || cat -- "$path"
  [ -n "$more" ] || return 0
  if [ -f "$path" ] && [ -n "$(tail -c 1 -- "$path")" ]; then echo; fi
  printf '%s\\n' "$more"
}`,
  )
}

function gathered(source: Source, number: number): Script {
  if ('file' in source)
    return sh`  [ ! -f ${source.file} ] || entries ${number} ${source.file} < ${source.file} || echo ${`problem=${source.file} cannot be read`}`
  const { container } = source
  // A value may have several lines: the template ends each entry with a NUL.
  return sh`  docker container inspect --format ${'{{range .Config.Env}}{{printf "%s\\x00" .}}{{end}}'} ${container} 2> /dev/null |
    tr '\\n\\0' '\\002\\n' | number=${number} awk ${readContainer}`
}

const encode = String.raw`
# A record is a line: source, line, whether it is unclear, name, value. Its value has no tab and no line feed.
function emit(line, unclear, name, value,   out, i, c) {
  for (i = 1; i <= length(value); i++) {
    c = substr(value, i, 1)
    out = out (c == "\\" ? "\\\\" : c == "\n" ? "\\n" : c == "\t" ? "\\t" : c)
  }
  printf "%s\t%s\t%s\t%s\t%s\n", ENVIRON["number"], line, unclear, name, out
}`

/** Reads what Compose and our own secrets file read alike; what they do not is unclear, or a problem. An awk program. */
export const readEntries = String.raw`${encode}
function problem(what) { print "problem=" ENVIRON["label"] " line " start " " what }
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
      emit(start, is_filled_in(rest, ""), name, rest)
      continue
    }
    while (!(end = closing(rest, quote)) && n < NR) rest = rest "\n" line[++n]
    if (!end) { problem("has a quote that is not closed"); n = start; continue }
    if (substr(rest, end + 1) !~ /^[ \t]*(#.*)?$/) { problem("goes on behind its closing quote"); continue }
    value = substr(rest, 2, end - 2)
    if (quote == "'") emit(start, 0, name, value)
    else emit(start, is_filled_in(value, quote), name, unescaped(value))
  }
}`

const readContainer = String.raw`${encode}
{ gsub(/\002/, "\n"); at = index($0, "="); if (at > 1) emit(NR, 0, substr($0, 1, at - 1), substr($0, at + 1)) }`

const mergeEntries = String.raw`
function decoded(text,   out, i, c) {
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c == "\\") { c = substr(text, ++i, 1); c = c == "n" ? "\n" : c == "t" ? "\t" : c }
    out = out c
  }
  return out
}
function written(value,   out, i, c) {
  if (value ~ /^[A-Za-z0-9_.\/:@%+,=-]*$/) return value
  if (value !~ /['\r]/ && value !~ /\\$/) return "'" value "'"
  for (i = 1; i <= length(value); i++) {
    c = substr(value, i, 1)
    out = out (c == "\n" ? "\\n" : c == "\r" ? "\\r" : c == "\\" || c == "\"" || c == "$" ? "\\" c : c)
  }
  return "\"" out "\""
}
function add(list, name, what) { if (index(", " list[name] ",", ", " what ",") == 0) list[name] = list[name] (list[name] == "" ? "" : ", ") what }
function tell(word, list, name) { if (name in list) { bad = 1; if (ENVIRON["mode"] == "audit") print word "=" name " (" list[name] ")" } }
BEGIN { FS = "\t"; count = split(ENVIRON["names"], names, " "); split(ENVIRON["labels"], label, "\n"); for (i in names) wanted[names[i]] = 1 }
/^problem=/ { bad = 1; if (ENVIRON["mode"] == "audit") print; next }
$1 == 0 { there[$4] = 1 }
!($4 in wanted) { next }
{
  at = label[$1 + 1]
  if ($5 == "") add(empty, $4, at)
  if ($3 == 1 && $1 != 0) add(unclear, $4, at)
  if ($4 in value && value[$4] != $5) differ[$4] = 1
  if (!($4 in value)) value[$4] = $5
  add(where, $4, at)
}
END {
  for (i = 1; i <= count; i++) {
    name = names[i]
    if (!(name in value)) { bad = 1; if (ENVIRON["mode"] == "audit") print "missing=" name; continue }
    if (name in differ) differ[name] = where[name]
    tell("empty", empty, name); tell("unclear", unclear, name)
    if (!(name in empty)) tell("differ", differ, name)
  }
  if (ENVIRON["mode"] == "audit") exit 0
  if (bad) { print "the sources are not as they were when they were looked at" > "/dev/stderr"; exit 1 }
  for (i = 1; i <= count; i++) if (!(names[i] in there)) print names[i] "=" written(decoded(value[names[i]]))
}`
