# shellcheck shell=sh
# Prints `sqlite=NUMBER|FILE` for each SQLite file below directory NUMBER of `backups`, by its header, at most 20 in each; and
# `sqliteMissing=NUMBER|FILE` where only the live directory of the same number in `lives` has it. Looks at 20,000 files in
# each, six levels deep, those with a usual name first. Names with a line break are left out.
: "${backups?}" "${lives?}"
sqlite_in() { # DIRECTORY
  {
    find "$1" -xdev -maxdepth 6 -type f -size +0 \( -iname '*.db' -o -iname '*.db3' -o -iname '*.sqlite*' \) ! -name '*-wal' ! -name '*-shm' ! -path '*
*' 2> /dev/null
    find "$1" -xdev -maxdepth 6 -type f -size +0 ! -path '*
*' 2> /dev/null
  } | head -n 20000 | tr '\n' '\0' | xargs -0 -r head -v -c 15 -- 2> /dev/null | tr -d '\000' | awk -v from="$1/" '
    /^==> .* <==$/ { name = substr($0, 5, length($0) - 8); next }
    $0 == "SQLite format 3" && index(name, from) == 1 && !(name in seen) { seen[name] = 1; print substr(name, length(from) + 1) }' | head -n 20
}
work=$(mktemp -d) || exit 2
trap 'rm -rf -- "$work"' EXIT
number=0
printf '%s\n' "$backups" | while IFS= read -r backup; do
  number=$((number + 1))
  live=$(printf '%s\n' "$lives" | sed -n "${number}p")
  sqlite_in "$backup" | tee "$work/backup" | sed "s/^/sqlite=$number|/"
  sqlite_in "$live" | grep -vxF -f "$work/backup" | sed "s/^/sqliteMissing=$number|/"
done
exit 0
