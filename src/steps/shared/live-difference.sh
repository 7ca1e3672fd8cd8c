# shellcheck shell=sh
# Compares names and times of a live place with those of its backup: prints `more=` files that the backup lacks, `changed=`
# files with another size or a later time, `newest=` and `backupNewest=` seconds; `over=yes` where listing takes too long.
: "${from?}"
. ./live-place.sh
set -u
if ! live_place; then echo live=absent; exit 0; fi
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"' EXIT
# Pipes and sockets are made anew; a line feed in a name would end a record of awk.
list() { timeout 30 find "$1" -type f -printf '%P\001%s\001%T@\0' | tr '\n\0' '\002\n' > "$work/$2"; }
if ! list "$live" live || ! list "$from" backup; then echo live=over; exit 0; fi
echo live=compared
awk -F '\001' '
  FNR == NR { size[$1] = $2; time[$1] = $3; if ($3 + 0 > old) old = $3 + 0; next }
  { if ($3 + 0 > newest) newest = $3 + 0 }
  !($1 in size) { more++; next }
  size[$1] != $2 || $3 - time[$1] > 1 { changed++ }
  END { printf "more=%d\nchanged=%d\nnewest=%.0f\nbackupNewest=%.0f\n", more, changed, newest, old }' "$work/backup" "$work/live"
