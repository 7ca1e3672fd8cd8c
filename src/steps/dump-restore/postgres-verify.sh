# shellcheck shell=sh
# shellcheck disable=SC2016,SC2154
# Serves a scratch copy of the volume, takes a second dump of it, and compares the two: rows of each table by their number and
# sha256, in order and else sorted; every other statement by its text. Prints facts, or `broken=restored|REASON`.
: "${digest?}" "${compare?}" "${database?}" "${user?}"
. ./postgres-dump.sh
. ../shared/postgres-scratch.sh
. ../shared/fresh-target.sh
. ../shared/live-rows.sh
set -u
export LC_ALL=C DUMP_USER="$user"
scratch_begin
target
hold_dump
before=$(identity)
format=$(format_of_dump)
free=$(($(df -B1 --output=avail -- "$at" | tail -n 1))) used=$(du -sB1 -- "$at")
[ "$free" -gt "${used%%[!0-9]*}" ] || broken restored "a scratch copy needs ${used%%[!0-9]*} bytes, and the engine's disk has $free free. Free some space"
volume_at=$at
scratch_side restored "$volume_at"
take_apart() { awk -v "out=$1" -v "only=${2:-}" "$digest"; }
# `failed` and `error` show whether the reader failed: the exit status is that of awk.
first() { { dump_text 2> "$work/error" || echo $? > "$work/failed"; } | take_apart "$@"; }
second() { { second_dump 2> "$work/error" || echo $? > "$work/failed"; } | take_apart "$@"; }
dump_failed() { [ -e "$work/failed" ]; }
reason() { grep . "$work/error" | head -n 1 | cut -c 1-300; }
echo 'progress=reads the dump'
first "$work/first"
! dump_failed || fail "the dump $dump cannot be read: $(reason)"
# The options of the first dump, as far as its text shows them.
dump_text 2> /dev/null | head -n 400 > "$work/head"
is_cluster=$(grep -c '^-- PostgreSQL database cluster dump$' "$work/head")
made_by=$(sed -n 's/^-- Dumped by pg_dump version \([0-9]*\).*/\1/p' "$work/head" | head -n 1)
encoding=$(sed -n "s/^SET client_encoding = '\(.*\)';/\1/p" "$work/head" | head -n 1)
one=$(printf '\001')
set --
sort -u "$work/first.options" > "$work/options"
while IFS= read -r option; do set -- "$@" "$option"; done < "$work/options"
[ -z "$encoding" ] || set -- "$@" "--encoding=$encoding"
if [ "$is_cluster" != 0 ]; then set -- pg_dumpall -U reinstate_scratch "$@"
else
  ! grep -q "${one}CREATE DATABASE " "$work/first.statements" || set -- "$@" --create
  set -- pg_dump -U reinstate_scratch -d "${database:-postgres}" "$@"
fi
printf '%s\n' "$@" > "$work/words"
second_dump() { tr '\n' '\0' < "$work/words" | xargs -0 docker exec "$server"; }
echo 'progress=takes a second dump'
second "$work/second"
! dump_failed || broken restored "the second dump failed: $(reason)"
if [ -n "$globals" ]; then
  plain "$held_globals" | take_apart "$work/roles"
  docker exec "$server" pg_dumpall -U reinstate_scratch --globals-only | take_apart "$work/new-roles"
  cat "$work/roles.statements" >> "$work/first.statements"
  cat "$work/new-roles.statements" >> "$work/second.statements"
fi
# A line per table: sum, rows, name.
rows_of() { : >> "$1.sums"; sed 's/ .*//' "$1.sums" | paste - "$1.data" | grep . | sort; }
differing() { comm -3 "$work/first.rows" "$work/second.rows" | sed 's/^\t//' | awk -F '\t' '$2 > 0' | cut -f 3; }
for side in first second; do rows_of "$work/$side" > "$work/$side.rows"; done
differing | sort -u > "$work/unlike"
sorted=$(grep -c . "$work/unlike")
if [ "$sorted" != 0 ]; then
  # Rows may lie in another order in the files of the restored server.
  first "$work/first-sorted" "$work/unlike"
  second "$work/second-sorted" "$work/unlike"
  rows_of "$work/first-sorted" > "$work/first.rows"
  rows_of "$work/second-sorted" > "$work/second.rows"
  differing | sort -u | head -n 20 | while IFS= read -r name; do
    count() { awk -F '\t' -v name="$name" 'BEGIN { n = "no" } $3 == name { n = $2 } END { print n }' "$1"; }
    printf '%s\n' "$name" | tr '\001' '\t' | sed 's/^\(.*\)\t/\1 /; s/COPY \(.*\) (.*/\1/; s/COPY \(.*\) FROM stdin;/\1/; s/INSERT INTO \(.*\)/\1/; s/^ //; s/^/difference=rows of /' | tr '\n' ':'
    dumped=$(count "$work/first.rows") restored=$(count "$work/second.rows")
    printf ' %s in the dump, %s restored%s\n' "$dumped" "$restored" "$([ "$dumped" != "$restored" ] || echo ', with other content')"
  done
fi
for side in first second; do sort -o "$work/$side.statements" "$work/$side.statements"; done
comm -3 "$work/first.statements" "$work/second.statements" | sed 's/^\t/>/; t; s/^/</' > "$work/differing"
other_version=
major=$(docker exec "$server" pg_dump --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
[ "${made_by:-$major}" = "$major" ] || other_version=$made_by
awk -v "other_version=$other_version" "$compare" "$work/first.statements" "$work/differing"
[ "$(identity)" = "$before" ] || fail "the dump $dump was replaced or written to while it was compared"
awk -F '\t' '/large objects$/ { objects += $1; next } { tables++; rows += $1 } END { printf "tables=%d\nrows=%.0f\nlargeObjects=%.0f\n", tables, rows, objects }' "$work/first.data"
sed 's/ .*//' "$work/first.sums" 2> /dev/null | paste - "$work/first.data" | sort | sha256sum | sed 's/ .*//; s/^/sum=/'
printf 'sorted=%s\nstatements=%s\nsequences=%s\n' "$sorted" "$(grep -c . "$work/first.statements")" "$(grep -c "${one}SELECT pg_catalog.setval(" "$work/first.statements")"
if [ -n "$live_service" ]; then
  # The copy equals the dump.
  printf '%s\n' "$live_sql" | docker exec -i -e POSTGRES_USER=reinstate_scratch "$server" sh -c "$live_inside" > "$work/tables"
  DATABASES=$database live_rows "$work/tables"
fi
printf 'madeBy=%s\nmajor=%s\ncluster=%s\n' "$made_by" "$major" "$is_cluster"
exit 0
