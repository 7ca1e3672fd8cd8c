# Compares the two lists of mariadb-sums.awk: that of the dump, and that of the volume. Prints `difference=`, `unequal=TABLE`
# for rows that differ as they stand, and numbers. What the volume has more in the schema mysql is the new server's own.
BEGIN { FS = "\t" }
$1 == "made" { made[FILENAME] = made[FILENAME] "|" $2; next }
{ key = $1 SUBSEP $2; value = $3 }
FILENAME == ARGV[1] { if (!(key in dump)) order[++count] = key; dump[key] = dump[key] value; next }
{ if (!(key in volume)) extra[++extras] = key; volume[key] = volume[key] value }
function differs(text) { if (++differences <= 10) print "difference=" substr(text, 1, 300) }
function of_server(name) { return name ~ /^(([a-z ]+ )?(part of )?mysql\.|database mysql$)/ }
# `part of SCHEMA.TABLE: …`
function is_part_of_missing(name) { return sub(/^part of /, "table ", name) && sub(/: [^:]*$/, "", name) && !(("name" SUBSEP name) in volume) }
END {
  same = made[ARGV[1]] == made[ARGV[2]]
  for (i = 1; i <= count; i++) {
    split(order[i], part, SUBSEP)
    if (of_server(part[2]) && !same) { skipped = 1; continue }
    if (part[1] == "rows" && part[2] ~ /^mysql\.(gtid_slave_pos|innodb_index_stats|innodb_table_stats|general_log|slow_log|transaction_registry)$/) continue
    if (part[1] == "text" && !same) continue
    if (part[1] == "rows") tables++
    if (part[1] == "name" && part[2] !~ /^part of /) objects++
    if (!(order[i] in volume) && (part[1] == "text" || is_part_of_missing(part[2]))) continue
    if (!(order[i] in volume)) differs(part[1] == "rows" ? "table " part[2] ": no row in the volume" : part[2] ": missing in the volume")
    else if (dump[order[i]] == volume[order[i]]) continue
    else if (part[1] == "rows") print "unequal=" part[2]
    else differs(part[2] ": " (part[1] == "value" ? "another value" : "defined differently") " in the volume")
  }
  for (i = 1; i <= extras; i++) {
    split(extra[i], part, SUBSEP)
    if (extra[i] in dump || of_server(part[2]) || part[1] == "text") continue
    if (part[2] ~ /^(procedure|function|package|package body) / && ("name" SUBSEP "table mysql.proc") in dump) continue
    differs((part[1] == "rows" ? "table " part[2] ": its rows are" : part[2] ": ") " only in the volume")
  }
  printf "filledTables=%d\nobjects=%d\n", tables, objects
  if (same) print "sameText=yes"
  if (skipped) print "skippedSystemTables=yes"
}
