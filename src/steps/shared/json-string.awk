# Prints the value of VARIABLE in the environment of SERVICE from a configuration as `docker compose config --format json`
# prints it: a key on each line, two spaces for each level, each $ doubled.
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
/^  "/ { services = key($0) == "services" }
/^    "/ { service = services && key($0) == ENVIRON["SERVICE"] }
/^      "/ { environment = service && key($0) == "environment" }
/^        "/ && environment && key($0) == ENVIRON["VARIABLE"] {
  sub(/^ *"([^"\\]|\\.)*": "?/, ""); sub(/"?,?$/, "")
  value = unescaped($0); gsub(/\$\$/, "$", value)
  print value; exit
}
