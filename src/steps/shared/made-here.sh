# shellcheck shell=sh
# shellcheck disable=SC2154
# Tells what a step made from what others made under the same name. The script that includes it defines `things`, which
# prints one line per thing that the step may make, with an identity that no other thing gets, and fails if it cannot tell.
# `begin_making` comes before the change and `end_making` after it, also after one that failed: what is there then and was
# not there before is added to $keep/made. An attempt that was cut off is closed by the next call of either.
# `is_made LINE` asks for one line. `knows_made` fails for a step that an older version applied, which recorded nothing.
begin_making() {
  end_making
  things > "$keep/before.part" || exit 3
  sync -- "$keep/before.part"
  mv -f -- "$keep/before.part" "$keep/before"
  : >> "$keep/made"
  sync -- "$keep"
}
end_making() {
  [ -e "$keep/before" ] || return 0
  things > "$keep/now" || return 3
  grep -vxF -f "$keep/before" -- "$keep/now" >> "$keep/made" || :
  sync -- "$keep/made"
  rm -f -- "$keep/before" "$keep/now"
}
# `recreated WHAT OLD NEW` notes that an undo of this run created a thing again; `origin_of WHAT ID` prints the identity that
# the thing had at first.
recreated() { echo "$*" >> "$keep/../../.recreated"; sync -- "$keep/../../.recreated"; }
origin_of() {
  origin=$2
  while before=$(awk -v what="$1" -v now="$origin" '$1 == what && $3 == now { print $2; exit }' "$keep/../../.recreated" 2> /dev/null) &&
    [ -n "$before" ]; do origin=$before; done
  printf '%s\n' "$origin"
}
is_made() { grep -qxF -e "$1" -- "$keep/made"; }
knows_made() { [ -e "$keep/made" ]; }
