BEGIN { label = ENVIRON["label"] }
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
# Compose would substitute a variable: which of the two values is meant is unknown.
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
    if (!end) { problem("has an unclosed quote"); n = start; continue }
    if (substr(rest, end + 1) !~ /^[ \t]*(#.*)?$/) { problem("has text after its closing quote"); continue }
    value = substr(rest, 2, end - 2)
    if (quote == "'") emit(0, name, value)
    else emit(is_filled_in(value, quote), name, unescaped(value))
  }
}
