# Names the files in which bytes differ: of N.order of scan.awk, and of what `cmp -l` prints of the contents one after another.
FNR == NR { path[++n] = $1; end[n] = end[n - 1] + $2; next }
{
  split($0, at, " ")
  while (i < n && (i == 0 || end[i] < at[1])) i++
  if (i == last) next
  last = i; count++
  name = path[i]
  gsub(/[\001-\037\177]/, "?", name)
  print "path=" name " differs"
  if (count >= most) { more = 1; exit }
}
END { print "differ=" (more ? "several" : count) }
