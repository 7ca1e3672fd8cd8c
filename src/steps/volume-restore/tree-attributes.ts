import { sh } from '../../shell/script.ts'

/**
 * To be put behind `compareTrees`: where the manifests of $from and $at are the same, compares extended attributes and
 * access lists too. rsync reads them, as nothing else that every host has can; it only says what it would do. In its
 * words YXcstpoguax the last two letters are about them; it writes a character that a line cannot hold as \\#012.
 */
export const compareAttributes = sh`
if [ ! -s "$work/differ" ]; then
  rsync -aHAXn --numeric-ids --out-format='%i %n' -- "$from/" "$at/" > "$work/would" || fail "rsync could not compare the extended attributes; it ended with $?"
  # A directory whose time alone differs is shown as well: only these two letters count.
  sed -n 's/^.........\\([^ ]*[ax][^ ]*\\) \\(.*\\)$/\\2/p' "$work/would" | sed 's/\\(.\\)\\/$/\\1/' > "$work/attributes"
  if [ -s "$work/attributes" ]; then
    printf 'same=no\\ndiffer=%s\\n' "$(wc -l < "$work/attributes")"
    head -n 10 "$work/attributes" | sed 's/^/path=/; s/$/ has other extended attributes or access lists/'
  else
    echo same=yes
  fi
fi`
