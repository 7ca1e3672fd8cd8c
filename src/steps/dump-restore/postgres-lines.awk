# Tells the lines of a PostgreSQL dump apart, as psql does. `sort_line()` sets `is`:
#   row        a line of COPY data; `copied` is the statement that began it
#   end        the end of the rows
#   blank      an empty line, or a comment, between statements
#   command    a backslash command
#   statement  a line of a statement; `begins` and `ends` say whether it is its first and its last one
# Quotes, dollar quotes and comments may go on over lines: `within` is empty outside of them. `stray` is a backslash command
# that begins within a line, and `in_text` says whether the line begins within quotes. Runs under LC_ALL=C.
function sort_line() {
  if (is_copying) {
    if ($0 == "\\.") { is_copying = 0; is = "end" } else is = "row"
    return
  }
  stray = ""
  if (!is_open && within == "") {
    if ($0 == "" || /^--/) { is = "blank"; return }
    if (/^\\/) { is = "command"; return }
    begins = 1
  } else begins = 0
  in_text = within != ""
  is = "statement"
  ends = lex($0)
  is_open = !ends
  if (begins && ends && /^COPY .* FROM stdin;$/) { is_copying = 1; copied = $0 }
}
function lex(text,    at, c, before, ended) {
  ended = 0
  while (text != "") {
    if (within == "") {
      if (!match(text, /['"$;\\]|--|\/\*/)) { if (text ~ /[^ \t]/) ended = 0; break }
      at = RSTART; c = substr(text, at, RLENGTH); before = at > 1 ? substr(text, at - 1, 1) : ""
      if (at > 1 && substr(text, 1, at - 1) ~ /[^ \t]/) ended = 0
      text = substr(text, at + length(c))
      if (c == ";") ended = 1
      else if (c == "--") break
      else if (c == "/*") { within = "*/"; depth = 1 }
      else if (c == "\"") { within = "\""; ended = 0 }
      else if (c == "'") { within = (escapes || before ~ /[eE]/) ? "\\'" : "'"; ended = 0 }
      else if (c == "\\") { stray = "\\" text; break }
      else {
        ended = 0
        if (before !~ /[A-Za-z0-9_$]/ && match(text, /^[A-Za-z_]?[A-Za-z0-9_]*\$/)) { within = "$" substr(text, 1, RLENGTH); text = substr(text, RLENGTH + 1) }
      }
    } else if (within == "\\'") {
      if (!match(text, /[\\']/)) break
      c = substr(text, RSTART, 1)
      if (c == "\\") text = substr(text, RSTART + 2)
      else { within = ""; text = substr(text, RSTART + 1) }
    } else if (within == "*/") {
      if (!match(text, /\/\*|\*\//)) break
      depth += substr(text, RSTART, 1) == "/" ? 1 : -1
      text = substr(text, RSTART + 2)
      if (depth == 0) within = ""
    } else {
      at = index(text, within)
      if (!at) break
      text = substr(text, at + length(within))
      within = ""
    }
  }
  return ended && within == ""
}
# A name as PostgreSQL has it, without its quotes.
function bare(name) {
  if (name !~ /^".*"$/) return name
  name = substr(name, 2, length(name) - 2)
  gsub(/""/, "\"", name)
  return name
}
