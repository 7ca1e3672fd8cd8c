BEGIN { FS = "\t" }
NF < 5 { next }
$1 == "wanted" { if (!($4 in wanted)) order[++count] = $4; wanted[$4] = $5 }
$1 == "there" { if (!($4 in there)) found[++number] = $4; there[$4] = $5 }
END {
  for (i = 1; i <= count; i++) {
    name = order[i]
    print (!(name in there) ? "nameAdded=" : there[name] == wanted[name] ? "nameKept=" : "nameChanged=") name
  }
  for (i = 1; i <= number; i++) if (!(found[i] in wanted)) print "nameGone=" found[i]
}
