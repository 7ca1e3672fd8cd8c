# shellcheck shell=sh
# shellcheck disable=SC2154
# Runs `down` for the row that this step wrote, in one transaction together with the removal of the row. Tries it first, to
# know which rows it would lose: those are dumped while only readers are let on. Prints dump= for each dump that is kept.
: "${keep?}" "${down_sql?}" "${down_name?}" "${drops?}" "${begin_sql?}" "${own_sql?}" "${differences_sql?}" "${written_sql?}" "${files_sql?}" "${touched_sql?}" "${contents_sql?}" "${lost_sql?}" "${forget_sql?}"
. ./session.sh
set -u
umask 077
find_server || { printf '%s\n' "$problem" >&2; exit 3; }
proven() {
  lines '\set one :row_definitions' '\set other :down_definitions' '\set fact different' '\set within true' "$differences_sql"
  lines '\set one :now_definitions' '\set other :down_definitions' '\set fact outside' '\set within false' "$differences_sql" "$written_sql"
}
feed() {
  lines "$begin_sql" "$guard_sql" "$own_sql"
  definitions now_
  lines "$files_sql \\gset now_" 'savepoint tried;'
  migrate "$down_sql"
  definitions down_
  proven
  lines "$files_sql \\gset other_" '\set files :now_files' '\set one :now_definitions' '\set other :down_definitions' "$touched_sql \\gset"
  lines 'rollback to savepoint tried;'
  [ "$drops" = yes ] || { settled "$contents_sql" && lines "$lost_sql"; }
  lines "select 'asked=yes';"
  says asked || return
  if grep -q '^lost=' "$work/out"; then dump || { : > "$work/no-dump"; return; }; fi
  migrate "$down_sql"
  definitions down_
  proven
  lines "$forget_sql"
  says ready && lines 'commit;' "select 'committed=yes';"
}
# Under the locks of the session, so the dump holds exactly the rows that go.
dump() {
  mkdir -p -- "$keep" || return
  number=1
  while [ -e "$keep/rows-$number.dump" ]; do number=$((number + 1)); done
  set --
  while IFS= read -r table; do set -- "$@" -t "$table"; done <<END
$(fact lost | sed 's/^[0-9]* rows of //'; fact parent)
END
  docker exec -e PGPASSWORD -e PGCONNECT_TIMEOUT=10 "$server" pg_dump -Fc -w -U "$user" -d "$database" --lock-wait-timeout="${lock_timeout}s" "$@" \
    > "$keep/rows-$number.part" 2> "$work/dump.err" || return
  docker exec -i "$server" pg_restore -l < "$keep/rows-$number.part" > "$work/list" 2> "$work/dump.err" || return
  [ "$(grep -c ' TABLE DATA ' "$work/list")" -ge "$(fact lost | grep -c .)" ] || { echo 'it lacks a table' > "$work/dump.err"; return 1; }
  fact lost | tr '\n' ',' | sed 's/,$//; s/,/, /g' > "$keep/rows-$number.txt" && sync -- "$keep/rows-$number.part" "$keep/rows-$number.txt" &&
    mv -f -- "$keep/rows-$number.part" "$keep/rows-$number.dump" && sync -- "$keep"
}
converse
if grep -q -e '^committed=' -e '^absent=' "$work/out"; then
  for kept in "$keep"/rows-*.dump; do
    [ ! -e "$kept" ] || printf 'dump=%s|%s\n' "$kept" "$(cat "${kept%.dump}.txt")"
  done
  exit 0
fi
if [ -e "$work/no-dump" ]; then
  printf 'the rows that %s would delete cannot be dumped: %s\n' "$down_name" "$(why "$work/dump.err")" >&2
elif grep -q '^different=' "$work/out"; then
  printf '%s does not bring back what was there before %s: %s\n' "$down_name" "$name" "$(fact different | tr '\n' ';' | sed 's/;$//; s/;/; /g')" >&2
elif grep -q '^ready=' "$work/out"; then
  printf 'the connection ended during the commit: %s. The ledger in the database tells the next attempt whether it came in\n' "$(why "$work/err")" >&2
  exit 4
else
  report_failure "$down_name" >&2
fi
echo 'The undo was rolled back as a whole; nothing has changed' >&2
exit 4
