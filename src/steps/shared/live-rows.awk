# Reads the tables of a backup, then those of the live server: database, table, rows. Without rows, a table is listed, not counted.
BEGIN {
  FS = "\t"
  n = split(ENVIRON["WANTED"], list, "\n"); for (i = 1; i <= n; i++) if (list[i] != "") { wanted[list[i]] = 1; limited = 1 }
  n = split(ENVIRON["DATABASES"], list, "\n"); for (i = 1; i <= n; i++) if (list[i] != "") { chosen[list[i]] = 1; some = 1 }
}
{ key = $1 FS $2 }
FILENAME == ARGV[1] { if ($3 == "") inBackup[key] = 1; else rows[key] = $3; databases[$1] = 1; next }
{ database = $1 == "" ? substr($2, 1, index($2, ".") - 1) : $1 }
limited && !($2 in wanted) || some && !(database in chosen) { next }
$3 == "" { listed[key] = 1; databases[$1] = 1; next }
{ live[key] = $3; total += $3 }
END {
  for (i in databases) several++
  for (key in listed) {
    if (!(key in live) || (key in inBackup) && !(key in rows)) { uncounted++; continue }
    lack = live[key] - rows[key]
    if (lack <= 0) continue
    lacking++
    split(key, part, FS)
    printf "lacks=%.0f|%s\n", lack, substr((several > 1 ? part[1] "." : "") part[2], 1, 100)
  }
  printf "liveRows=%.0f\nliveLacking=%d\nliveUncounted=%d\n", total, lacking, uncounted
}
