# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154
# Before and after a load. `fill_begin` ends the script if this step has filled the volume already; otherwise it empties the
# volume, which only an interrupted load of this step can have written to, and sets `at`, `work` and `scratch_id`. `fill_end`
# flushes what was loaded. A script that fails in between empties the volume: the disk may be the live server's own.
: "${identity?}"
. ./dump.sh
. ../shared/fresh-target.sh
. ../shared/fresh-state.sh
. ../shared/scratch-servers.sh
is_filled=
unchanged() { [ "$(identity)" = "$identity" ]; }
empty_volume() {
  remove > /dev/null
  make
  target
}
fill_leave() {
  rm -rf -- "$work"
  scratch_end
  if [ -z "$is_filled" ] && [ -z "$(users)" ]; then empty_volume; fi
}
fill_begin() {
  scratch_begin
  target
  unused
  if [ -e "$keep/complete" ]; then
    [ "$(state)" = "$(cat "$keep/complete")" ] || fail "$called was written to since it was filled; nothing was loaded"
    exit 0
  fi
  hold_dump
  unchanged || fail "the dump $dump was replaced or written to since it was inspected; nothing was loaded. Inspect the step again"
  empty_volume
  trap fill_leave EXIT
}
fill_end() {
  unchanged || fail "the dump $dump was replaced or written to while it was loaded; what was loaded was removed"
  sync -f -- "$at"
  is_filled=yes
}
