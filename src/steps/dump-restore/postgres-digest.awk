# Takes a dump apart. `out`.data: a line per table with its rows, then the place of its sum; `out`.sums: the sha256 of the rows
# of each, in the same order; `out`.statements: every other statement on one line, with \001 for a line feed and the database
# before it; `out`.options: options of pg_dump that its comments show. With `only`, a file of names of tables, the rows of no
# other table, and sorted. Comments, settings of the session and drops of what was there before are left out.
function finish_data() {
  if (table == "") return
  if (!is_skipped) { close(sum); printf "%.0f\t%s\n", rows, table > (out ".data") }
  table = ""
}
function begin_data(name) {
  if (name == table) return
  finish_data()
  table = name; rows = 0
  is_skipped = only != "" && !(name in wanted)
  # Starts the program also where no row follows.
  if (!is_skipped) printf "" | sum
}
function finish_statement() {
  if (text !~ /^(SET |SELECT pg_catalog\.set_config\('search_path'|DROP |BEGIN;|COMMIT;|UPDATE pg_catalog\.pg_database |ALTER TABLE .* (DROP CONSTRAINT|DROP DEFAULT|(DIS|EN)ABLE TRIGGER ALL))/)
    printf "%s\001%s\n", database, text > (out ".statements")
  text = ""
}
BEGIN {
  sum = (only == "" ? "" : "sort | ") "sha256sum >> " out ".sums"
  printf "" > (out ".data"); printf "" > (out ".statements"); printf "" > (out ".options")
  while (only != "" && (getline name < only) > 0) wanted[name] = 1
}
{ sort_line() }
is == "row" { rows++; if (!is_skipped) print | sum; next }
is == "end" { finish_data(); next }
is == "blank" { if (/^-- load via partition root /) print "--load-via-partition-root" > (out ".options"); next }
is == "command" {
  if (/^\\connect /) { database = $0; sub(/^\\connect (-reuse-previous=on )?/, "", database) }
  next
}
is_copying && begins { begin_data(database "\001" $0); next }
begins { is_row_data = 0 }
begins && /^INSERT INTO / { name = $0; sub(/ (OVERRIDING|VALUES|DEFAULT VALUES)( .*)?$/, "", name); begin_data(database "\001" name); is_row_data = 1; at_once = 0; inserts = name ~ / \(/ ? "--column-inserts" : "--inserts"; if (!/ VALUES$/) rows++ }
begins && /^SELECT pg_catalog\.(lo_open|lowrite|lo_close)\(/ { begin_data(database "\001large objects"); is_row_data = 1; if (/lo_open/) rows++ }
is_row_data { if (!begins && !in_text && /^\t\(/) { rows++; if (++at_once > most) most = at_once } if (!is_skipped) print | sum; next }
begins && $0 == "DROP DATABASE template1;" { print "--clean" > (out ".options") }
begins && /^SET standard_conforming_strings = off;/ { escapes = 1 }
{ text = text == "" ? $0 : text "\001" $0; if (ends) { finish_statement() } }
END {
  finish_data()
  if (text != "") finish_statement()
  if (inserts) print inserts > (out ".options")
  if (most) print "--rows-per-insert=" most > (out ".options")
}
