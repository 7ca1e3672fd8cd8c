# shellcheck shell=sh
# shellcheck disable=SC2154
# Compares a target with the members of the archive, of which verify.sh has read the list: first the paths and their attributes,
# then the contents of all files, in the order of the archive, by one sha256 of both. If these differ, by the bytes that do.
# Prints facts; up to `most` paths.
: "${member?}" "${compare?}" "${same_bytes?}"
. ../shared/fresh-target.sh
. ./select.sh
printf 'member=%s\n' "$member"
rm -f -- "$work/decrypt-failed" "$work/unpack-failed" "$work/select-failed" "$work/find-failed" "$work/left" "$work/right"
target
if ! is_published; then printf 'same=no\ndiffer=1\npath=%s is not in its place yet\n' "$called"; exit 0; fi
printf 'at=%s\n' "$at"
one=$(printf '\001')
fact() { awk -F "$one" -v "want=target=$member" -v "number=$1" '$1 == want { print $number }' "$work/facts"; }
inside=$(fact 2)
[ -n "$inside" ] || fail "the archive $archive has nothing for $called"
printf 'files=%s\nbytes=%s\nattributed=%s\n' "$(fact 3)" "$(fact 5)" "$(fact 7)"
most=$((10 / count + 1))
: >> "$work/$member.order"
not_compared() { fail "$called could not be compared with the archive $archive: $1"; }
{ find "$at" -printf '%P\001%y\001%M\001%U/%G\001%s\001%TY-%Tm-%Td %TH:%TM:%TS\001%l\001%i\001%n\0' || : > "$work/find-failed"; } |
  tr '\n\0' '\002\n' > "$work/tree" || not_compared 'its paths could not be listed'
[ ! -e "$work/find-failed" ] || not_compared 'its paths could not be listed'
awk -F "$one" -v "most=$most" "$compare" "$work/$member.members" "$work/tree" > "$work/differences" || not_compared 'awk failed'
# Written last: without it nothing was compared, such as on a full disk.
[ "$(tail -n 1 "$work/differences")" = "compared=$(wc -l < "$work/$member.members")" ] || not_compared 'the comparison did not come to its end'
if [ "$(wc -l < "$work/differences")" -gt 1 ]; then echo same=no; sed '$d' "$work/differences"; exit 0; fi
# What the archive has no entry for; and of the target itself, what it got then.
awk -F "$one" '$2 == "i" { n++ } $1 == "" { top = 1; if ($2 != "i") named = 1 } END { print "implied=" n + !top; exit named }' "$work/$member.members" &&
  printf 'top=%s\n' "$(stat -c 'mode %a and owner %u:%g' -- "$at")"
printf 'list=%s\n' "$(sort "$work/$member.members" | sha256sum | cut -c 1-64)"
archive_files() { unpacked | selected -x -O 2> "$work/error" || echo $? > "$work/select-failed"; }
tree_files() { cut -d "$one" -f 1 "$work/$member.order" | tr '\002\n' '\n\0' | sed -z 's/^/.\//' | (cd -P -- "$at" && xargs -0 -r cat --); }
archive_files | sha256sum > "$work/archive-sum" &
reading=$!
tree_files | sha256sum > "$work/tree-sum"
wait $reading
if [ -e "$work/decrypt-failed" ] || [ -e "$work/unpack-failed" ] || [ -e "$work/select-failed" ]; then fail "the archive $archive could not be read: $(cat "$work/decrypt-error" "$work/unpack-error" "$work/error" | grep . | head -n 1 | cut -c 1-300)"; fi
sum=$(cut -c 1-64 "$work/archive-sum")
case $sum in *[!0-9a-f]*) sum='' ;; esac
[ ${#sum} = 64 ] && [ -s "$work/tree-sum" ] || not_compared 'the contents could not be summed'
printf 'sum=%s\n' "$sum"
if ! cmp -s "$work/archive-sum" "$work/tree-sum"; then
  echo same=no
  mkfifo "$work/left" "$work/right"
  archive_files > "$work/left" &
  tree_files > "$work/right" &
  cmp -l "$work/left" "$work/right" 2> /dev/null | awk -F "$one" -v "most=$most" "$same_bytes" "$work/$member.order" -
  wait
  exit 0
fi
# The attributes of a second copy of the files that have some.
[ "$(fact 7)" != 0 ] || { echo same=yes; exit 0; }
if [ "$(fact 8)" -gt 268435456 ]; then printf 'same=yes\nattributes=uncompared\n'; exit 0; fi
mkdir "$work/attributes"
prefix=$lead
[ "$inside" = . ] || prefix=$lead$inside/
awk -F "$one" -v "prefix=$prefix" '$8 == "x" { print prefix $1 }' "$work/$member.members" | tr '\002\n' '\n\0' > "$work/names"
plain_archive 2> /dev/null | tar -x -p --same-owner --numeric-owner --xattrs --xattrs-include='*' --acls --no-recursion -C "$work/attributes" \
  --null --verbatim-files-from -T "$work/names" -f - 2> "$work/error" || { printf 'same=yes\nattributes=uncompared\n'; exit 0; }
rsync -aHAXn --numeric-ids --out-format='%i %n' -- "$work/attributes/${prefix#./}" "$at/" > "$work/would" || fail "rsync could not compare the extended attributes; it ended with $?"
sed -n 's/^.........\([^ ]*[ax][^ ]*\) \(.*\)$/\2/p' "$work/would" > "$work/differ"
if [ -s "$work/differ" ]; then
  printf 'same=no\ndiffer=%s\n' "$(wc -l < "$work/differ")"
  head -n "$most" "$work/differ" | sed 's/^/path=/; s/$/ has other extended attributes or access lists/'
else printf 'same=yes\nattributes=compared\n'; fi
