# Prints what a dump holds, in lines separated by tabs: `rows TABLE SHA256` over the text of a table's rows, `name NAME` for
# each table, column, index, view and so on, `text NAME TEXT` for its definition, `value NAME TEXT` for sequences, and `made TEXT`
# for the program and the server. `sums` is a directory of its own; `database` is where a dump without a name of one goes.
# With `only`, tables between line feeds, it prints `rows` of these, over their rows sorted, and nothing else.
function clean(text) { gsub(/[\t\n\r]+/, " ", text); return text }
function end_rows(line) {
  if (summing == "") return
  close(into)
  getline line < (sums "/rows")
  close(sums "/rows")
  print "rows\t" clean(summing) "\t" substr(line, 1, 64)
  summing = ""
}
function head(line) {
  if (!only && (line ~ /^-- [A-Za-z]+ dump / || line ~ /^-- Server version/)) { sub(/, for .*/, "", line); print "made\t" clean(line) }
}
function rows(table, text) {
  if (only && !index(only, "\n" clean(table) "\n")) return
  if (table != summing) {
    end_rows()
    summing = table
    into = (only ? "sort -S 64M | " : "") "sha256sum > " sums "/rows"
    between = ""
  }
  if (only) { each_row(text); return }
  ORS = ""
  print between text | into
  ORS = "\n"
  between = ","
}
# Outside of strings, `),(` lies between two rows, and some versions write _binary before a string.
function each_row(text, count, part, i, at, row, is_string) {
  count = split(text, part, "'")
  for (i = 1; i <= count; i++) {
    if (i > 1) row = row "'"
    if (is_string) {
      match(part[i], /\\*$/)
      is_string = RLENGTH % 2
    } else {
      is_string = 1
      sub(/_binary $/, "", part[i])
      while ((at = index(part[i], "),("))) {
        print row substr(part[i], 1, at) | into
        row = ""
        part[i] = substr(part[i], at + 2)
      }
    }
    row = row part[i]
  }
  print row | into
}
function statement(text, kind, name, line, count, i) {
  if (only) return
  if (match(text, /sql_mode *= '/)) mode = substr(text, RSTART)
  # What stands in for a view until the tables are there.
  if (text ~ /^\/\*!50001 CREATE (TABLE|VIEW) /) return
  if (text ~ /SETVAL\(/) {
    line = text
    sub(/^[^(]*\(/, "", line)
    print "value\tsequence " clean(in_database(take_name(line))) "\t" clean(text)
    return
  }
  line = substr(text, 1, 2000)
  gsub(/\/\*M?!?[0-9]*/, " ", line)
  gsub(/\*\//, " ", line)
  gsub(/(DEFINER *= *`[^`]*`@`[^`]*`|ALGORITHM *= *[A-Z]+|SQL SECURITY [A-Z]+|IF NOT EXISTS|OR REPLACE|AGGREGATE)/, " ", line)
  line = clean(line)
  gsub(/ +/, " ", line)
  if (!match(line, /^ ?[Cc][Rr][Ee][Aa][Tt][Ee] [A-Za-z]+ ([Bb][Oo][Dd][Yy] )?/)) return
  kind = tolower(substr(line, 1, RLENGTH))
  sub(/^ ?create /, "", kind)
  sub(/ $/, "", kind)
  if (kind ~ /^(user|role)$/) return
  name = take_name(substr(line, RLENGTH + 1))
  if (kind == "database") { print "text\tdatabase " clean(name) "\t" clean(text); return }
  name = clean(in_database(name))
  print "name\t" kind " " name
  print "text\t" kind " " name "\t" clean(text) (kind ~ /^(trigger|procedure|function|event|package)/ ? " " clean(mode) : "")
  if (kind != "table") return
  count = split(text, parts, "\n")
  for (i = 2; i <= count; i++)
    if (match(parts[i], /^  ([A-Z]+ )?(KEY )?`([^`]|``)*`/)) print "name\tpart of " name ": " clean(substr(parts[i], 3, RLENGTH - 2))
    else if (parts[i] ~ /^  PRIMARY KEY/) print "name\tpart of " name ": primary key"
}
END { end_rows() }
