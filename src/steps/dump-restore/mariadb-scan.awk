# Prints what decides whether a dump can be loaded, as facts.
BEGIN { database = "" }
{ bytes += length($0) + 1 }
# The client obeys these, where a statement may begin.
!in_rows && !is_open && (/^\\/ || tolower(substr($0, 1, 9)) ~ /^(system|source|tee|pager|edit|notee|nopager)[ \t]/) { fact("command", "line " NR); next }
function fact(name, value) {
  gsub(/[\r\n\t]/, " ", value)
  if (!(name SUBSEP value in printed)) { printed[name, value]; print name "=" substr(value, 1, 200) }
}
function head(line) {
  complete = 0
  if (line ~ /^-- (MariaDB|MySQL) dump /) { split(line, word, " "); fact("tool", word[2]) }
  else if (line ~ /^-- PostgreSQL database/) fact("tool", "PostgreSQL")
  else if (line ~ /^-- Server version[ \t]/) { sub(/^-- Server version[ \t]+/, "", line); fact("version", line) }
  else if (match(line, /^-- Host: .* Database: /)) { line = substr(line, RLENGTH + 1); if (line !~ / /) fact("header", line) }
  else if (line ~ /^-- Dumping routines /) fact("has", "routines")
  else if (line ~ /^-- Dumping events /) fact("has", "events")
  else if (line ~ /^-- Dump completed/) complete = 1
}
function rows(table, text) { complete = 0; if (database != "mysql") filled[table] }
function words(text, before, name, found) { # each word of a name after BEFORE
  while (match(text, before)) {
    text = substr(text, RSTART + RLENGTH)
    match(text, /^[A-Za-z0-9_]*/)
    found = substr(text, 1, RLENGTH)
    if (found != "" && found != "DEFAULT" && found != "default") fact(name, found)
  }
}
function statement(text, kind, outside) {
  complete = 0
  if (text ~ /GTID_PURGED/) fact("gtidPurged", "line " began)
  if (match(text, /^SET NAMES [A-Za-z0-9]+/) || match(text, /^\/\*!40101 SET NAMES [A-Za-z0-9]+/)) {
    kind = substr(text, 1, RLENGTH); sub(/.* /, "", kind); fact("names", kind)
  }
  if (text ~ /collation_connection/) { words(text, "collation_connection *= *", "collation"); return }
  if (text !~ /CREATE|GRANT|ALTER/) return
  if (match(text, /^CREATE DATABASE (\/\*!32312 IF NOT EXISTS\*\/ |IF NOT EXISTS )?/)) fact("database", take_name(substr(text, RLENGTH + 1)))
  if (match(text, /^CREATE TABLE (IF NOT EXISTS )?/)) {
    kind = take_name(substr(text, RLENGTH + 1))
    if (database == "mysql") { if (kind == "global_priv" || kind == "user") fact("accounts", kind) }
    else tables++
  }
  outside = text
  gsub(/'([^'\\]|\\.|'')*'/, "", outside)
  words(outside, "COLLATE[= ]", "collation")
  words(outside, "(CHARSET=|CHARACTER SET )", "charset")
  words(outside, "\\) ENGINE=", "engine")
  while (match(outside, /DEFINER=`[^`]*`@`[^`]*`/)) {
    kind = substr(outside, RSTART + 8, RLENGTH - 8)
    outside = substr(outside, RSTART + RLENGTH)
    fact("definer", kind)
  }
  if (text ~ /^CREATE (\/\*[^*]*\*\/ |OR REPLACE )?USER /) {
    sub(/^CREATE (\/\*[^*]*\*\/ |OR REPLACE )?USER (IF NOT EXISTS |\/\*[^*]*\*\/ )?/, "", text)
    sub(/ .*/, "", text)
    gsub(/'/, "`", text)
    fact("account", text)
  }
}
END {
  for (name in filled) filledTables++
  printf "tables=%d\nfilledTables=%d\nlines=%d\nunpackedBytes=%.0f\ncomplete=%s\n", tables, filledTables, NR, bytes, complete ? "yes" : "no"
}
