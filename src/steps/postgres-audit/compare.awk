# Compares as text: a number of 20 digits exceeds what awk can count.
BEGIN {
  FS = "\t"; other = ENVIRON["OTHER"]
  n = split(ENVIRON["MAY_DIFFER"], list, "\n"); for (i = 1; i <= n; i++) if (list[i] != "") may[list[i]] = 1
  n = split(ENVIRON["WANTED"], wanted, "\n")
}
{
  key = $1 FS $2 FS $3
  if ($2 == "table" || $2 == "sequence") known[$3] = known[$1 "." $3] = 1
  if ($2 == "role") known["role " $3] = 1
  if ($2 ~ /^(table|sequence|view|function)$/) databases[$1] = 1
}
FILENAME == ARGV[1] { order[++count] = key; definition[key] = $4; rows[key] = $5 ""; sum[key] = $6; owner[key] = $7; next }
{ seen[key] = 1; if (key in rows) thereDefinition[key] = $4; else { extra[++extras] = key; owner[key] = $7 } thereRows[key] = $5 ""; thereSum[key] = $6 }
function named(key,   part, i, several) {
  split(key, part, FS); for (i in databases) several++
  return (part[2] == "table" ? "" : part[2] " ") (part[1] != "" && (several > 1 || !(part[1] in databases)) ? part[1] "." : "") part[3]
}
# Whether a whole database is on one side only, which its own line reports.
function lone(key,   part, database) {
  split(key, part, FS); database = FS "database" FS part[1]
  return part[1] != "" && (!(database in definition) || !(database in seen))
}
function free(key,   part) {
  split(key, part, FS)
  if (part[2] == "role") return ("role " part[3]) in may
  if (part[2] != "table" && part[2] != "sequence") return 0
  return part[3] in may || (part[1] "." part[3]) in may || owner[key] in may || (part[1] "." owner[key]) in may
}
function differs(text) { if (++differences <= 10) print "difference=" substr(text, 1, 300) }
END {
  for (i = 1; i <= count; i++) {
    key = order[i]; split(key, part, FS)
    counted[part[2]]++
    if (lone(key)) continue
    if (!(key in seen)) { differs(named(key) ": missing in " other); continue }
    if (part[2] == "table" && !free(key)) { compared++; equalRows += rows[key] }
    if (definition[key] != thereDefinition[key] && !(part[2] == "role" && free(key))) differs(named(key) ": defined differently in " other)
    if (free(key)) {
      if (part[2] == "table") print "free=" named(key) ": " rows[key] " rows in the backup, " thereRows[key] " in " other
      if (part[2] == "role") print "free=" named(key)
    } else if (part[2] == "sequence") {
      if (rows[key] != thereRows[key] || sum[key] != thereSum[key])
        differs(named(key) ": at " rows[key] " in the backup, at " thereRows[key] " in " other)
    } else if (rows[key] != thereRows[key]) {
      differs(named(key) ": " rows[key] " rows in the backup, " thereRows[key] " in " other)
    } else if (sum[key] != thereSum[key]) {
      differs(named(key) ": " rows[key] " rows on both sides, but not the same ones")
    }
  }
  for (i = 1; i <= extras; i++) if (!free(extra[i]) && !lone(extra[i])) differs(named(extra[i]) ": only in " other)
  for (i = 1; i <= n; i++) if (wanted[i] != "" && !(wanted[i] in known)) differs(wanted[i] ": in neither of the two")
  for (name in may) if (!(name in known)) differs(name ": named in mayDiffer, and in neither of the two")
  printf "tables=%d\ncompared=%d\nrows=%.0f\nsequences=%d\nothers=%d\ndiffer=%d\n", counted["table"], compared, equalRows, counted["sequence"], count - counted["table"] - counted["sequence"], differences
}
