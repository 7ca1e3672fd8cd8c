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
function report(word, list, name) { if (name in list) { bad = 1; if (audit) print word "=" name " (" list[name] ")" } }
BEGIN { FS = "\t"; audit = ENVIRON["mode"] == "audit"; count = split(ENVIRON["names"], names, " ") }
/^(absent|exposed|problem)=/ { bad = 1; if (audit) print; next }
/^(away|unread|open)=/ { if (audit) print; next }
{ rank = $1; at = $2; unclear_here = $3; name = $4 }
rank == "witness" {
  if (unclear_here == 1) { add(clouded, name, at); next }
  n = ++heard[name]; witness[name, n] = at; testimony[name, n] = $5
  next
}
rank == "own" { there[name] = 1 }
rank == "source" { listed[name] = 1 }
{
  if ($5 == "") add(empty, name, at)
  if (unclear_here == 1 && rank != "own") add(unclear, name, at)
  if (name in value && value[name] != $5) differ[name] = 1
  if (!(name in value)) value[name] = $5
  add(where, name, at)
}
# A name that no source has is taken from the witnesses if they agree.
function ask_witnesses(name,   n) {
  for (n = 1; n <= heard[name]; n++) {
    if (testimony[name, n] == "") { add(hollow, name, witness[name, n]); continue }
    if (name in value && value[name] != testimony[name, n]) differ[name] = 1
    if (!(name in value)) value[name] = testimony[name, n]
    add(where, name, witness[name, n])
  }
  if (name in value) return
  if (name in clouded) { unclear[name] = clouded[name]; value[name] = "" }
  else if (name in hollow) { empty[name] = hollow[name]; value[name] = "" }
}
function compare(name,   n) {
  for (n = 1; n <= heard[name]; n++) {
    if (testimony[name, n] != value[name]) add(unlike, name, witness[name, n])
    else if (!(name in listed)) add(taken, name, witness[name, n])
  }
  if (name in unlike) print "unlike=" name " (" unlike[name] ")"
  if (name in taken) print "taken=" name " (" taken[name] ")"
  if (name in clouded) print "unread=" name " (" clouded[name] ") has a $ that Compose would fill in"
}
END {
  for (i = 1; i <= count; i++) {
    name = names[i]
    if (!(name in value)) ask_witnesses(name)
    if (!(name in value)) { bad = 1; if (audit) print "missing=" name; continue }
    if (name in differ) differ[name] = where[name]
    report("empty", empty, name); report("unclear", unclear, name)
    if (!(name in empty)) report("differ", differ, name)
    if (audit && !(name in empty) && !(name in unclear) && !(name in differ)) compare(name)
  }
  if (audit) exit 0
  if (bad) { print "the sources have changed since they were inspected" > "/dev/stderr"; exit 1 }
  for (i = 1; i <= count; i++) if (!(names[i] in there)) print names[i] "=" written(decoded(value[names[i]]))
}
