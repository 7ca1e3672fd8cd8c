# shellcheck shell=sh
# shellcheck disable=SC2154
# Applies the migration in one transaction together with its row in the ledger. Does nothing where the row is there.
: "${up_sql?}" "${begin_sql?}" "${ledger_sql?}" "${differences_sql?}" "${written_sql?}" "${files_sql?}" "${touched_sql?}" "${contents_sql?}" "${record_sql?}" "${insert_sql?}"
. ./session.sh
set -u
umask 077
find_server || { printf '%s\n' "$problem" >&2; exit 3; }
feed() {
  lines "$begin_sql" "$guard_sql" "$ledger_sql" '\if :is_applied' '\quit' '\endif'
  definitions before_
  lines "$files_sql \\gset before_"
  migrate "$up_sql"
  definitions after_
  lines '\set one :before_definitions' '\set other :after_definitions' '\set fact outside' '\set within false' "$differences_sql" "$written_sql"
  lines "$files_sql \\gset" '\set other_files :before_files' "$touched_sql \\gset"
  # Reading large tables would keep visitors waiting for the locks of the migration. An undo dumps those without a sum.
  lines "select coalesce(jsonb_agg(name), '[]') as tables from (select name, sum(pg_total_relation_size(name::regclass)) over (order by pg_total_relation_size(name::regclass), name) as bytes from jsonb_array_elements_text(:'tables') as name) as sized where bytes <= 64 * 1024 * 1024 \\gset"
  settled "$contents_sql"
  lines "$record_sql" "$guard_sql" "$insert_sql"
  says ready && lines 'commit;' "select 'committed=yes';"
}
converse
if grep -q -e '^committed=' -e '^applied=' "$work/out"; then exit 0; fi
if grep -q '^ready=' "$work/out"; then
  printf 'the connection ended during the commit: %s. The ledger in the database tells the next attempt whether it came in\n' "$(why "$work/err")" >&2
  exit 4
fi
report_failure "$name" >&2
echo 'The migration was rolled back as a whole; nothing has changed' >&2
exit 4
