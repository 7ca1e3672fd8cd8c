# Reads a whole dump as text and prints what it is and needs, as facts.
function need(role) { role = bare(role); if (role != "" && role !~ /^(PUBLIC|pg_.*|CURRENT_USER|SESSION_USER)$/) needed[role] = 1 }
function note_command(line) { if (!bad_line) { bad_line = NR; bad = line } }
function words_after(text, what,    at) { at = index(text, what); return at ? substr(text, at + length(what)) : "" }
function count_row(table) { rows++; if (table != last) { tables++; last = table } }
BEGIN { encoding = "" }
{ bytes += length($0) + 1 }
NR == 1 && /^-- (MySQL|MariaDB) dump|^\/\*M?!/ { other = "MySQL or MariaDB" }
{ sort_line() }
is == "row" { rows++; next }
is == "end" { next }
is == "blank" {
  if ($0 == "") next
  if (/^-- (MySQL|MariaDB) dump /) other = "MySQL or MariaDB"
  else if ($0 == "-- PostgreSQL database cluster dump") is_cluster = 1
  else if ($0 == "-- PostgreSQL database dump") begun++
  else if ($0 == "-- PostgreSQL database dump complete") done++
  else if ($0 == "-- PostgreSQL database cluster dump complete") cluster_done = 1
  else if (/^-- Dumped from database version /) { if ($6 + 0 > from + 0) from = $6 }
  else if (/^-- Dumped by pg_dump version /) by = $6
  next
}
is == "command" {
  if (/^\\connect /) { connected = $0; sub(/^\\connect (-reuse-previous=on )?/, "", connected); if (connected ~ /^"dbname='/) { sub(/^"dbname='/, "", connected); sub(/'"$/, "", connected) } print "connects=" bare(connected) }
  else if ($0 !~ /^\\(un)?restrict [A-Za-z0-9]+$/) note_command($0)
  next
}
{ if (stray != "") note_command(stray) }
!begins { if (is_insert && !in_text && /^\t\(/) rows++; next }
{ is_insert = 0 }
is_copying { tables++; next }
/^INSERT INTO / {
  is_insert = 1
  table = $0; sub(/ (OVERRIDING|VALUES|DEFAULT VALUES).*/, "", table)
  if (/ VALUES$/) { if (table != last) { tables++; last = table } } else count_row(table)
  next
}
/^SELECT pg_catalog\.lo_create\(/ { blobs++; next }
/^SET client_encoding = '/ { split($0, v, "'"); encoding = v[2]; next }
/^SET standard_conforming_strings = off;/ { escapes = 1; next }
/^CREATE ROLE / { made[bare(substr($0, 13, length($0) - 13))] = 1; next }
/^ALTER ROLE .* PASSWORD '/ { name = substr($0, 12); sub(/ WITH .*/, "", name); print "hasPassword=" bare(name); next }
/^CREATE EXTENSION / { name = $0; sub(/^CREATE EXTENSION (IF NOT EXISTS )?/, "", name); sub(/( WITH .*)?;$/, "", name); print "extension=" bare(name); next }
/^CREATE DATABASE / { if (!is_cluster) { name = substr($0, 17); sub(/ WITH .*/, "", name); print "creates=" bare(name) } next }
/^SET SESSION AUTHORIZATION / { split($0, v, "'"); need(v[2]); next }
/ OWNER TO [^;]*;$/ { name = $0; sub(/.* OWNER TO /, "", name); need(substr(name, 1, length(name) - 1)); next }
/^GRANT |^ALTER DEFAULT PRIVILEGES / {
  name = $0
  if (/^ALTER DEFAULT PRIVILEGES FOR ROLE /) { owner = words_after($0, "FOR ROLE "); sub(/ (IN SCHEMA|GRANT|REVOKE) .*/, "", owner); need(owner) }
  if (name ~ / GRANTED BY /) { owner = name; sub(/.* GRANTED BY /, "", owner); sub(/;$/, "", owner); need(owner); sub(/ GRANTED BY .*/, ";", name) }
  if (name ~ / TO [^;]*;$/) { sub(/.* TO /, "", name); sub(/( WITH .*)?;$/, "", name); need(name) }
  next
}
/^CREATE POLICY .* TO / { name = $0; sub(/ (USING|WITH CHECK) .*/, "", name); sub(/.* TO /, "", name); sub(/;$/, "", name); n = split(name, v, ", "); for (i = 1; i <= n; i++) need(v[i]); next }
{ statements++ }
END {
  for (role in made) print "makes=" role
  for (role in needed) print "needs=" role
  printf "unpackedBytes=%.0f\nlines=%.0f\nrows=%.0f\ntables=%d\nblobs=%d\nstatements=%d\n", bytes, NR, rows, tables, blobs, statements
  complete = is_cluster ? cluster_done : begun > 0 && begun == done
  if (globals) complete = cluster_done
  if (complete && !is_copying && !is_open) print "complete=yes"
  if (other) print "other=" other
  if (is_cluster) print "cluster=yes"
  if (from) print "version=" from
  if (by) print "by=" by
  if (encoding != "") print "encoding=" encoding
  if (bad_line) printf "badLine=%d\nbad=%s\n", bad_line, substr(bad, 1, 40)
}
