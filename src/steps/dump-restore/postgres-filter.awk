# Prints a dump for psql, line by line, so that line numbers stay. Leaves out what would fail on a new server: the role of its
# own superuser, and the drops at the beginning of a dump with --clean, which have nothing to drop. \restrict is for the psql
# of the version that made the dump.
BEGIN { user = ENVIRON["DUMP_USER"] }
{ sort_line() }
is == "command" && /^\\(un)?restrict / { print ""; next }
is == "statement" && begins && !has_begun {
  if (/^CREATE ROLE / && ends && bare(substr($0, 13, length($0) - 13)) == user) { print ""; next }
  if (ends && (/^DROP ROLE / || /^DROP DATABASE / || (/^DROP / && !/^DROP SCHEMA / && !/ IF EXISTS /))) { print ""; next }
  if (ends && /^ALTER TABLE .* (DROP CONSTRAINT|ALTER COLUMN .* DROP DEFAULT)/ && !/ IF EXISTS /) { print ""; next }
}
is == "statement" && begins && (/^UPDATE pg_catalog\./ || (/^CREATE / && !/^CREATE ROLE /)) { has_begun = 1 }
{ print }
