# Compares N.members of scan.awk with a tree that find lists: path, type, mode, owner, size, time, link target, inode, links.
# Prints `differ=` the number of paths that differ, and up to `most` of them, if any; then `compared=` the number of members.
function shown(text) { gsub(/[\001-\037\177]/, "?", text); return text == "" ? "its top directory" : text }
function differs(path, how) {
  if (path in told) return
  told[path] = 1
  if (++count <= most) line[count] = "path=" shown(path) " " how
}
function whole(time) { if (index(time, ".")) { sub(/0+$/, "", time); sub(/\.$/, "", time) } return time }
FNR == NR {
  path[++n] = $1; type[$1] = $2; mode[$1] = $3; owner[$1] = $4; size[$1] = $5; time[$1] = $6; link[$1] = $7
  if ($2 == "h") links[$7]++
  next
}
{
  found[$1] = 1; inode[$1] = $8
  # The top directory is the target's own where the archive does not have it.
  if (!($1 in type)) { if ($1 != "") differs($1, "is only in the target"); next }
  want = type[$1]
  is = $2 == "f" ? "-" : $2
  if (want == "i") { if (is != "d") differs($1, "is not a directory"); next }
  if (is != (want == "h" ? "-" : want)) { differs($1, "is of another type"); next }
  if (want == "h") next
  if (is == "-" && $5 != size[$1]) differs($1, "has another size")
  if (is == "l" && $7 "" != link[$1] "") differs($1, "leads elsewhere")
  if (is != "l" && $3 != mode[$1]) differs($1, "has mode " $3 ", not " mode[$1])
  if ($4 != owner[$1]) differs($1, "has owner " $4 ", not " owner[$1])
  if (whole($6) != time[$1]) differs($1, "has time " $6 ", not " time[$1])
  if (is == "-" && $9 != 1 + links[$1]) differs($1, "has other hard links")
}
END {
  for (i = 1; i <= n; i++) {
    if (!(path[i] in found)) { if (path[i] != "") differs(path[i], "is missing in the target") }
    else if (type[path[i]] == "h" && inode[path[i]] != inode[link[path[i]]]) differs(path[i], "is not the same file as " shown(link[path[i]]))
  }
  if (count) print "differ=" count
  for (i = 1; i <= count && i <= most; i++) print line[i]
  print "compared=" n + 0
}
