# Compares statements that only one of two dumps has, a line each: "<" of the first dump, ">" of the restored server. The server
# writes an expression with other casts and parentheses once it was loaded: such statements are alike. Where another version
# made the first dump, texts of definitions differ, and objects are compared by kind and name. Prints facts.
function head_of(s) {
  sub(/ PASSWORD '.*/, "", s)
  sub(/\001.*/, "", s)
  sub(/ (AS|USING|VALUES|WITH) .*/, "", s)
  sub(/ ?\(.*/, "", s)
  sub(/;$/, "", s)
  return substr(s, 1, 120)
}
function without_casts(s) {
  gsub(/::("[^"]*"|[a-z_]+(\.[a-z_"]+)?( (varying|precision|with time zone|without time zone))?)(\([0-9, ]*\))?(\[\])*/, "", s)
  gsub(/[()\001 \t]/, "", s)
  return s
}
# The class of a statement that an option of pg_dump leaves out as a whole.
function class_of(s) {
  if (s ~ / OWNER TO [^;]*;$/) return "owners"
  if (s ~ /^(GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) /) return "privileges"
  if (s ~ /^COMMENT ON /) return "comments"
  if (s ~ /^(CREATE DATABASE|ALTER DATABASE) /) return "databases"
  if (s ~ /^SECURITY LABEL /) return "labels"
  return ""
}
function shown(database) { sub(/\001$/, "", database); return database == "" ? "" : database ": " }
function is_own(s) {
  return s == "CREATE ROLE " user ";" || s == "CREATE ROLE \"" user "\";" ||
    index(s, "ALTER ROLE " user " WITH ") == 1 || index(s, "ALTER ROLE \"" user "\" WITH ") == 1
}
BEGIN { user = ENVIRON["DUMP_USER"] }
FILENAME == ARGV[1] { has[class_of(substr($0, index($0, "\001") + 1))] = 1; next }
{
  side = substr($0, 1, 1); line = substr($0, 2)
  statement = substr(line, index(line, "\001") + 1); database = substr(line, 1, index(line, "\001"))
}
side == "<" { first[++n] = line; key = database without_casts(statement); alike[key] = alike[key] " " n; names[database head_of(statement)] = names[database head_of(statement)] " " n; next }
{
  if (statement ~ /^(CREATE|ALTER) ROLE reinstate_scratch[ ;]/) next
  class = class_of(statement)
  if (class != "" && !(class in has)) { left_out[class] = 1; next }
  # The new server's own superuser, which the dump need not know.
  if (is_own(statement)) { owns++; next }
  second[++m] = line
}
function take(list, key,    v, i, k) {
  k = split(list[key], v, " ")
  for (i = 1; i <= k; i++) if (!(v[i] in taken)) { taken[v[i]] = 1; return 1 }
  return 0
}
END {
  # Its password may be that of the plan, where the dump has none.
  if (owns) for (i = 1; i <= n; i++) {
    s = substr(first[i], index(first[i], "\001") + 1)
    if (is_own(s) && s !~ / PASSWORD '/) taken[i] = 1
  }
  for (i = 1; i <= m; i++) {
    s = substr(second[i], index(second[i], "\001") + 1); d = substr(second[i], 1, index(second[i], "\001"))
    if (take(alike, d without_casts(s))) { same_but_casts++; continue }
    if (other_version && take(names, d head_of(s))) { by_name++; continue }
    if (other_version && s !~ /^CREATE /) { uncompared++; continue }
    print "difference=only in the restored server: " shown(d) head_of(s)
  }
  for (i = 1; i <= n; i++) {
    if (i in taken) continue
    s = substr(first[i], index(first[i], "\001") + 1); d = substr(first[i], 1, index(first[i], "\001"))
    if (other_version && s !~ /^CREATE /) { uncompared++; continue }
    print "difference=only in the dump: " shown(d) head_of(s)
  }
  printf "alike=%d\nbyName=%d\nuncompared=%d\n", same_but_casts, by_name, uncompared
  for (class in left_out) print "leftOut=" class
}
