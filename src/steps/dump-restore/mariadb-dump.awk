# Takes a dump of mariadb-dump or mysqldump apart. The program before it defines what it calls: `head(line)` for lines of
# comments; `rows(table, text)` for what lies between VALUES and the semicolon, in pieces that belong together in this order;
# `statement(text)` for all others, with the number of their first line in `began`. `database` is the one in use.
# A row never holds a line feed: the dump tools write it as \n. So a statement of rows is one line, or one line per row.
BEGIN { delimiter = ";"; IDENTIFIER = "(`([^`]|``)*`|[^` (]+)" }
function plain_name(name) {
  if (name !~ /^`/) return name
  name = substr(name, 2, length(name) - 2)
  gsub(/``/, "`", name)
  return name
}
# Returns the last part of `a`.`b`, and sets `rest` to what follows it.
function take_name(text, name) {
  do {
    if (!match(text, "^[ ]*" IDENTIFIER)) { rest = text; return "" }
    name = substr(text, 1, RLENGTH)
    sub(/^ */, "", name)
    rest = text = substr(text, RLENGTH + 1)
  } while (sub(/^\./, "", text))
  return plain_name(name)
}
function in_database(name) { return database == "" ? name : database "." name }
in_rows {
  last = substr($0, length($0))
  rows(table, substr($0, 1, length($0) - 1))
  if (last == ";") in_rows = 0
  next
}
!is_open && /^(INSERT|REPLACE) .*INTO / {
  began = NR
  match($0, /^(INSERT|REPLACE) +(DELAYED +|IGNORE +)*INTO +/)
  table = in_database(take_name(substr($0, RLENGTH + 1)))
  # A list of columns.
  if (rest ~ /^ *\(/) rest = substr(rest, index(rest, ") VALUES") + 2)
  sub(/^ *VALUES */, "", rest)
  if (rest == "") in_rows = 1
  else rows(table, substr(rest, 1, length(rest) - 1))
  next
}
!is_open && (/^--/ || /^\/\*M?!999999/ || /^[ \t\r]*$/) { head($0); next }
!is_open && /^DELIMITER / { delimiter = $2; next }
{
  if (!is_open) { is_open = 1; began = NR; text = $0 }
  else text = text "\n" $0
  line = $0
  sub(/[ \t\r]+$/, "", line)
  if (substr(line, length(line) - length(delimiter) + 1) != delimiter) next
  is_open = 0
  sub(/[ \t\r]+$/, "", text)
  text = substr(text, 1, length(text) - length(delimiter))
  if (match(text, /^(USE|use) /)) database = take_name(substr(text, 5))
  statement(text)
}
END { if (is_open) statement(text) }
