# shellcheck shell=sh
# shellcheck disable=SC2154
# Brings env sources together on one host; no value is printed but by `merged`. The variable `gathered` of the environment
# holds what gather.sh printed on other hosts, in base64, a word to a host. `audit` prints names:
# - what keeps `merged` from printing the file as it shall be: sources that are `absent=` or `exposed=` to others,
#   `problem=` lines, and names that are `missing=`, `empty=`, `unclear=` or that `differ=`, with their sources;
# - what does not: witnesses that are `open=` to others or `away=`, what of them is `unread=`, names that only witnesses
#   have (`taken=`), and names of which a witness has another value (`unlike=`).
# What includes it sets `own` to the file as it is before the step: the saved one where its path may lead elsewhere.
: "${path?}" "${merge_entries?}"
. ./sources.sh
# Not in the environment of what is started here.
elsewhere=${gathered-}
unset gathered
everywhere() {
  # shellcheck disable=SC2094
  [ ! -f "$own" ] || entries own "$path" < "$own" || echo "problem=$path cannot be read"
  gather
  for part in $elsewhere; do printf %s "$part" | base64 -d; done
}
merge() { names=$names mode=$1 awk "$merge_entries"; }
audit() { engine; everywhere | merge audit; }
merged() {
  more=$(everywhere | merge text) || return 1
  [ ! -f "$own" ] || cat -- "$own"
  [ -n "$more" ] || return 0
  if [ -f "$own" ] && [ -n "$(tail -c 1 -- "$own")" ]; then echo; fi
  printf '%s\n' "$more"
}
