# shellcheck shell=sh
# Prints, for each of "$@", `symlink`, `identity` and `held`, and what forbids the move: `taken` and `reference`.
. ../shared/rename.sh
. ./held.sh
. ./references.sh
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' TERM INT HUP
find_links
for path; do
  identity=$(identity_of "$path")
  printf 'symlink=%s\nidentity=%s\n' "$(symlink_in "$path")" "$identity"
  folder=${path%/*}/.reinstate-quarantine
  if [ -L "$folder" ] || { [ -e "$folder" ] && [ "$(stat -c '%F %u' -- "$folder")" != "directory $(id -u)" ]; }; then printf 'taken=%s\n' "$folder"; fi
  held='0 0'
  [ "$identity" = absent ] || [ -L "$path" ] || held=$(held_by "$path")
  printf 'held=%s\n' "$held"
  [ "$identity" = absent ] || [ -L "$path" ] || references "$path" > "$work/references" || exit 3
  [ "$identity" = absent ] || [ -L "$path" ] || P=$path awk '{ print "reference=" ENVIRON["P"] ": " $0 }' "$work/references"
done
