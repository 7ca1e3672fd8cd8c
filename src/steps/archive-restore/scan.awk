# Reads the list that `tar -tvv --full-time --numeric-owner --quoting-style=c` prints. FROMS: of each target the directory in
# the archive that becomes its content, or a pattern of one; "." is the whole archive. Prints facts:
# bad=CODE\001MEMBER\001OTHER for what may not be restored; lead= what the names begin with; top= directories, for people;
# newest= the time of the newest file; and target=N\001DIRECTORY\001files\001entries\001bytes\001space\001attributed\001their bytes.
# Writes OUT/N.members, a line per path below the directory: path, type, mode, owner, size, time, link target, attributes,
# separated by \001, and OUT/N.order, the paths of the files with their sizes, in the order of the archive. In all of them, \002
# is the line feed of a name. A directory that only the names of its members show has no more than its path and type "i".
function shown(text) { gsub(/[\001-\037\177]/, "?", text); return text }
# A plan may keep links that lead outside: these hide nothing else.
function bad(code, name, other) { if (bads[code == "outside"]++ < 5) printf "bad=%s\001%s\001%s\n", code, shown(name), shown(other) }
# Takes the first quoted text of `rest`, and returns it unquoted.
function unquoted(  text, out, at, c) {
  if (!match(rest, /^"([^"\\]|\\.)*"/)) { broken = 1; return "" }
  text = substr(rest, 2, RLENGTH - 2); rest = substr(rest, RLENGTH + 1)
  if (index(text, "\\") == 0) return text
  out = ""
  while ((at = index(text, "\\")) > 0) {
    out = out substr(text, 1, at - 1); c = substr(text, at + 1, 1)
    if (c ~ /[0-3]/) {
      c = sprintf("%c", substr(text, at + 1, 1) * 64 + substr(text, at + 2, 1) * 8 + substr(text, at + 3, 1)); text = substr(text, at + 4)
    } else {
      c = c == "n" ? "\002" : c == "t" ? "\t" : c == "r" ? "\r" : c == "a" ? "\007" : c == "b" ? "\b" : c == "f" ? "\f" : c == "v" ? "\v" : c
      text = substr(text, at + 2)
    }
    if (c == "\001") broken = 1
    out = out c
  }
  return out text
}
# A name as a path below the top of the archive; "." for the top itself.
function cleaned(raw) {
  while (substr(raw, 1, 2) == "./") raw = substr(raw, 3)
  sub(/\/+$/, "", raw)
  return raw == "" ? "." : raw
}
function odd(name) { return name != "." && ("/" name "/") ~ /\/(\.?)\// }
function climbs(name) { return ("/" name "/") ~ /\/\.\.\// }
function is(name, type) { return (name in kind) && kind[name] == type }
function parent(name) { return match(name, /\/[^\/]*$/) ? substr(name, 1, RSTART - 1) : "." }
# Whether a link at `path` with this text leads out of `top`.
function leaves(path, text, top,   n, parts, i, at, through) {
  if (substr(text, 1, 1) == "/") return 1
  at = parent(path)
  n = split(text, parts, "/")
  for (i = 1; i <= n; i++) {
    if (parts[i] == "" || parts[i] == ".") continue
    if (parts[i] == "..") {
      # The parent of what a link leads to is elsewhere, and so is that of any path through a link.
      if (at == top || at == "." || through) return 1
      at = parent(at)
    } else {
      at = at == "." ? parts[i] : at "/" parts[i]
      if (is(at, "l")) through = 1
    }
  }
  return 0
}
function fits(name, pattern,   i, c, re) {
  re = ""
  for (i = 1; i <= length(pattern); i++) {
    c = substr(pattern, i, 1)
    re = re (c == "*" ? "[^/]*" : c == "?" ? "[^/]" : c ~ /[A-Za-z0-9_\/ -]/ ? c : "\\" c)
  }
  return name ~ ("^" re "$")
}
function below(name, top) { return top == "." || name == top || substr(name, 1, length(top) + 1) == top "/" }
function inside(name, top) { return top == "." ? (name == "." ? "" : name) : substr(name, length(top) + 2) }

function shallow(name) { if (name != "." && name !~ /\/.*\// && tops++ < 12) print "top=" shown(name) }

/^  [a-z]: / { attributed[n] = 1; next }
/^V/ { next }
{
  broken = 0
  if (!match($0, /^[^ ]+ +[0-9]+\/[0-9]+ +[0-9,]+ [0-9-]+ [0-9:.]+ +"/)) { bad("unknown", $0, ""); next }
  rest = substr($0, RLENGTH)
  split(substr($0, 1, RLENGTH - 2), head, " ")
  raw = unquoted(); type = substr(head[1], 1, 1); name = cleaned(raw); link = ""
  if (type == "l") { sub(/^ -> /, "", rest); link = unquoted() }
  if (type == "h") { sub(/^ link to /, "", rest); link = cleaned(unquoted()) }
  if (broken || raw ~ /\001/) { bad("unknown", $0, ""); next }
  if (substr(raw, 1, 1) == "/") { bad("absolute", raw, ""); next }
  if (climbs(name)) { bad("parent", raw, ""); next }
  if (odd(name)) { bad("odd", raw, ""); next }
  if (type == "C") type = "-"
  if (type !~ /[-dlh]/) { bad("special", raw, type); next }
  if (name in kind) {
    if (kind[name] != type) { bad("changes", raw, kind[name] type); next }
    if (type != "d") { bad("twice", raw, ""); next }
  }
  if (name != ".") { this_lead = substr(raw, 1, 2) == "./" ? "./" : ""; if (!(this_lead in leads)) { leads[this_lead]; lead = this_lead; lead_count++ } }
  n++
  names[n] = name; kind[name] = type; at_of[name] = n; links[n] = link
  size[n] = type == "-" ? head[3] : 0
  time = head[5]; if (index(time, ".")) { sub(/0+$/, "", time); sub(/\.$/, "", time) }
  time = head[4] " " time
  sub(/[*+.]$/, "", head[1])
  rest_of[n] = substr(head[1], 1, 10) "\001" head[2] "\001" size[n] "\001" time
  if (type == "-" && time > newest) newest = time
}
END {
  if (lead_count > 1) bad("mixed", "", "")
  for (i = 1; i <= n; i++) {
    name = names[i]; type = kind[name]
    for (up = parent(name); up != "."; up = parent(up)) {
      if (up in kind) { if (kind[up] != "d") { bad("through", name, up); break } }
      else if (up in implied) break
      else implied[up] = 1
    }
    if (type == "h" && !is(links[i], "-")) bad("hard", name, links[i])
  }
  for (name in implied) shallow(name)
  for (name in kind) if (kind[name] == "d" && !(name in implied)) shallow(name)
  count = split(ENVIRON["FROMS"], froms, "\n")
  for (t = 1; t <= count; t++) {
    top = froms[t]
    if (top ~ /[*?]/) {
      matches = ""; matched = 0
      for (name in kind) if (kind[name] == "d" && fits(name, top)) { matched++; matches = matches (matched > 1 ? ", " : "") name; found = name }
      for (name in implied) if (!(name in kind) && fits(name, top)) { matched++; matches = matches (matched > 1 ? ", " : "") name; found = name }
      if (matched > 1) { bad("several", top, matches); continue }
      if (matched == 1) top = found
    }
    if (top != "." && !(top in implied) && !is(top, "d")) { bad(top in kind ? "file" : "nothing", top, ""); continue }
    files = entries = bytes = space = marked = marked_bytes = 0
    for (i = 1; i <= n; i++) {
      name = names[i]
      if (!below(name, top) || at_of[name] != i) continue
      type = kind[name]; path = inside(name, top); target = links[i]
      entries++
      if (type == "l" && leaves(name, target, top)) bad("outside", name, target)
      if (type == "h") {
        if (!below(target, top)) bad("hard", name, target)
        target = inside(target, top)
      }
      if (type == "-") {
        files++; bytes += size[i]; space += int((size[i] + 4095) / 4096) * 4096
        print path "\001" size[i] > (out "/" t ".order")
      } else if (type != "h") space += 4096
      if (i in attributed) { marked++; marked_bytes += size[i] }
      print path "\001" type "\001" rest_of[i] "\001" target "\001" (i in attributed ? "x" : "") > (out "/" t ".members")
    }
    for (name in implied) if (!(name in kind) && below(name, top)) { entries++; space += 4096; print inside(name, top) "\001i" > (out "/" t ".members") }
    printf "target=%d\001%s\001%d\001%d\001%.0f\001%.0f\001%d\001%.0f\n", t, top, files, entries, bytes, space, marked, marked_bytes
  }
  printf "lead=%s\nnewest=%s\nmembers=%d\n", lead, newest, n
}
