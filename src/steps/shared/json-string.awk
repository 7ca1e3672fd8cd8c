# Prints the value of VARIABLE in the environment of SERVICE from a configuration as `docker compose config --format json`
# prints it: a key on each line, two spaces for each level, each $ doubled. With MOUNTED, a path in SERVICE, it prints the file
# of the host that is mounted there: as a secret, a config or a bind.
function unescaped(text,  out, at, c, code) {
  out = ""
  while ((at = index(text, "\\")) > 0) {
    out = out substr(text, 1, at - 1); c = substr(text, at + 1, 1)
    text = substr(text, at + 2)
    if (c == "n") out = out "\n"; else if (c == "t") out = out "\t"; else if (c == "r") out = out "\r"
    else if (c == "u") { code = tolower(substr(text, 1, 4)); text = substr(text, 5); out = out (code == "0026" ? "&" : code == "003c" ? "<" : code == "003e" ? ">" : "?") }
    else out = out c
  }
  return out text
}
function key(line) { sub(/^ *"/, "", line); sub(/":.*$/, "", line); return unescaped(line) }
function text(line) { sub(/^ *"([^"\\]|\\.)*": "?/, "", line); sub(/"?,?$/, "", line); line = unescaped(line); gsub(/\$\$/, "$", line); return line }
BEGIN { at = ENVIRON["MOUNTED"]; default_directory["secrets"] = "/run/secrets/"; default_directory["configs"] = "/" }
/^  "/ { part = key($0); services = part == "services" }
/^    "/ { service = services && key($0) == ENVIRON["SERVICE"]; name = key($0) }
/^      "/ { list = service ? key($0) : "" }
!services && /^      "file": / { file[part, name] = text($0) }
/^        "/ && list == "environment" && at == "" && key($0) == ENVIRON["VARIABLE"] { print text($0); exit }
/^        [{]/ { source = target = "" }
/^          "source": / { source = text($0) }
/^          "target": / { target = text($0) }
/^        [}]/ && list == "volumes" && target == at { bound = source }
/^        [}]/ && list in default_directory {
  if (target == "") target = source
  if (target !~ /^\//) target = default_directory[list] target
  if (target == at) { granted = list; granted_name = source }
}
END { if (at != "") print granted == "" ? bound : file[granted, granted_name] }
