# shellcheck shell=sh
# Prints the state of the file, and the names that the wanted content adds, changes, removes and keeps; no values.
# shellcheck disable=SC2034,SC2154
: "${read_entries?}" "${compare?}"
. ./content.sh
old_file=$path
. ../shared/written-file-state.sh
if [ -f "$path" ]; then
  ! make_file | cmp -s - "$path" || echo same=yes
  export LC_ALL=C
  { make_file | rank=wanted label= awk "$read_entries"; rank=there label= awk "$read_entries" < "$path"; } | awk "$compare"
fi
