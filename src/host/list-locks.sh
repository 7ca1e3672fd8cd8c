# shellcheck shell=sh
# Prints `SECONDS NAME HOLDER` for each lock in a directory.
: "${locks?}"
for lock in "$locks"/*; do
  [ -f "$lock" ] && read -r holder < "$lock" || continue
  echo "$(stat -c %Y "$lock") ${lock##*/} $holder"
done
