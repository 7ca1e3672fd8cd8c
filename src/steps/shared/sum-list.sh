# shellcheck shell=sh
# Compares the files in `from` with a list in the format of sha256sum. Its names are relative to `from` or to the directory
# of the list, or absolute; of the last two, entries for other directories are counted: `outside=`. `below` and `inside`
# are the relative positions of the two. An `optional` list counts if it exists and is about these files; one inside `from`
# is. Prints `wrong=` for invalid lines, and for up to ten files each that differ, are missing, or are not listed.
: "${from?}" "${manifest?}" "${below?}" "${inside?}" "${optional?}"
. ./symlink-guard.sh
lists_files() {
  [ -f "$manifest" ] || return 1
  [ -z "$inside" ] || return 0
  BELOW="$below" ABSOLUTE="$from/" awk '
  { name = substr($0, substr($0, 1, 1) == "\\" ? 68 : 67); sub(/^(\.\/)+/, "", name) }
  (ENVIRON["BELOW"] != "" && index(name, ENVIRON["BELOW"]) == 1) || index(name, ENVIRON["ABSOLUTE"]) == 1 { found = 1; exit }
  END { exit !found }' "$manifest"
}
if [ "$optional" = yes ] && ! lists_files; then exit 0; fi
echo manifested=yes
work=$(mktemp -d) || exit 2
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' TERM INT HUP
no_symlink_in "$manifest"
[ -f "$manifest" ] || fail "the manifest $manifest is missing"
# sha256sum marks an escaped name by a backslash at the start of the line: \n is a newline, \\ a backslash.
BELOW="$below" ABSOLUTE="$from/" WORK=$work awk '
  function unescaped(name,  out, i, c) {
    for (i = 1; i <= length(name); i++) {
      c = substr(name, i, 1)
      if (c == "\\") { i++; c = substr(name, i, 1); if (c == "n") c = "\n"; else if (c == "r") c = "\r" }
      out = out c
    }
    return out
  }
  function begins(name, with) { return with != "" && substr(name, 1, length(with)) == with }
  { sub(/\r$/, "") }
  $0 == "" || substr($0, 1, 1) == "#" { next }
  {
    line = $0; escaped = substr(line, 1, 1) == "\\"
    if (escaped) line = substr(line, 2)
    sum = tolower(substr(line, 1, 64)); between = substr(line, 65, 2); name = substr(line, 67)
    if (length(sum) != 64 || sum !~ /^[0-9a-f]+$/ || (between != "  " && between != " *") || name == "") { bad++; if (bad == 1) first = NR; next }
    if (escaped) name = unescaped(name)
    sub(/^(\.\/)+/, "", name)
    n++; names[n] = name; sums[n] = sum
    if (begins(name, ENVIRON["BELOW"])) below++
    if (begins(name, ENVIRON["ABSOLUTE"])) absolute++
  }
  END {
    prefix = absolute ? ENVIRON["ABSOLUTE"] : below ? ENVIRON["BELOW"] : ""
    for (i = 1; i <= n; i++) {
      if (prefix != "" && !begins(names[i], prefix)) { outside++; continue }
      listed++
      printf "%s\001%s%c", substr(names[i], length(prefix) + 1), sums[i], 0 > (ENVIRON["WORK"] "/listed")
    }
    printf "outside=%d\n", outside
    if (bad) printf "wrong=the manifest has %d lines that are not a sha256 checksum and a name, the first is line %d\n", bad, first
    if (!listed) print "wrong=the manifest lists none of its files"
  }' "$manifest" || exit 2
: >> "$work/listed"
cd -- "$from" || exit 2
jobs=$((($(nproc) + 1) / 2))
find . -type f ! -path "./$inside" -print0 | xargs -0 -r -n 64 -P "$jobs" sh -c 'exec sha256sum -z -- "$@" >> "$0.$$"' "$work/sum" 2> "$work/errors" ||
  printf 'wrong=not everything could be read: %s\n' "$(head -n 1 "$work/errors" | cut -c 1-200)"
cat "$work"/sum.* 2> /dev/null | sed -z 's/^\([0-9a-f]*\)  \.\/\(.*\)$/\2\x01\1/' | sort -z > "$work/found"
sort -zu "$work/listed" > "$work/wanted"
paths() { sed -z 's/\x01[0-9a-f]*$//' -- "$@" | sort -zu; }
named() { head -z -n 10 | tr '\0\n' '\n?' | sed "s/^/wrong=/; s/$/ $1/"; }
cmp -s "$work/wanted" "$work/found" || {
  paths "$work/wanted" > "$work/wanted-paths"
  paths "$work/found" > "$work/found-paths"
  comm -z -3 "$work/wanted" "$work/found" | sed -z 's/^\t//' | paths > "$work/differ"
  comm -z -12 "$work/differ" "$work/wanted-paths" | comm -z -12 - "$work/found-paths" | named 'has another sha256 than in the manifest'
  comm -z -23 "$work/wanted-paths" "$work/found-paths" | named 'is listed in the manifest and missing'
  comm -z -13 "$work/wanted-paths" "$work/found-paths" | named 'exists and is not listed in the manifest'
}
