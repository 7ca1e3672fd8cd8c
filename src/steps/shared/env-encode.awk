# A record is a line: rank, label, whether it is unclear, name, value. Its value has no tab and no line feed.
function emit(unclear, name, value,   out, i, c) {
  if (ENVIRON["names"] != "" && index(" " ENVIRON["names"] " ", " " name " ") == 0) return
  for (i = 1; i <= length(value); i++) {
    c = substr(value, i, 1)
    out = out (c == "\\" ? "\\\\" : c == "\n" ? "\\n" : c == "\t" ? "\\t" : c)
  }
  printf "%s\t%s\t%s\t%s\t%s\n", ENVIRON["rank"], label, unclear, name, out
}
function problem(what) { print (ENVIRON["rank"] == "witness" ? "unread=" : "problem=") label " line " start " " what }
