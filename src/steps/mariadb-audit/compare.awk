# Compares as text: a sum of 20 digits exceeds what awk can count.
BEGIN { FS = "\t" }
$1 == "define" { now = $2; next }
{
  if ($1 == "rows") { key = "table " $2; value = $3 "|" $4 "|" $5 "|" $6 }
  else if ($1 == "trigger" || $1 == "schema") { key = $1 " " $2; value = $3 }
  else { key = "definition " now; value = $0 }
}
FILENAME == ARGV[1] { order[++count] = key; backup[key] = value ""; next }
{ there[key] = value ""; if (!(key in backup)) extra[++extras] = key }
function differs(text) { if (++differences <= 10) print "difference=" substr(text, 1, 300) }
END {
  for (i = 1; i <= count; i++) {
    key = order[i]; name = key; sub(/^[a-z]+ /, "", name)
    what = key; sub(/ .*/, "", what)
    if (what == "table") tables++
    if (!(key in there)) { if (what != "definition") differs(key ": missing in the restored data"); continue }
    if (what == "table") {
      split(backup[key], old, "|"); split(there[key], new, "|")
      rows += old[1]
      if (old[2] != "0" || new[2] != "0") differs(name ": " old[2] " rows are too large to be summed")
      else if (old[1] "" != new[1] "") differs(name ": " old[1] " rows in the backup, " new[1] " in the restored data")
      else if (backup[key] != there[key]) differs(name ": " old[1] " rows on both sides, but not the same ones")
    } else if (backup[key] != there[key]) differs((what == "schema" ? key : name) ": defined differently in the restored data")
  }
  for (i = 1; i <= extras; i++) if (extra[i] !~ /^definition /) differs(extra[i] ": only in the restored data")
  printf "tables=%d\nrows=%.0f\ndiffer=%d\n", tables, rows, differences
}
