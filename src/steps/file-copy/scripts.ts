import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { pathWords } from '../shared/symlink-guard.ts'
import { manifestWords } from '../shared/tree-manifest.ts'

export interface Copy {
  readonly from: string
  readonly to: string
  readonly into: 'fresh' | 'existing'
}

/**
 * Shell words about two trees. `manifest_both` writes the manifests of $from and $to. `lacking` then writes three lists
 * of paths: `missing`, which the target does not have, `differ`, which it has otherwise, and `extra`, which only it has.
 * Where the target was there before, a directory in it keeps its own mode and owner, and what else is there is its own.
 */
const treeWords = sh`
paths() { sed -z 's/\\x01.*$//; s/^\\.\\///' -- "$@" | sort -zu; }
counted() { tr -dc '\\0' < "$1" | wc -c; }
named() { head -z -n 10 "$work/$1" | tr '\\0\\n' '\\n?' | sed "s/^/$1=/"; }
manifest_both() {
  manifest "$from" source &
  side=$!
  (manifest "$to" target) && wait $side
}
comparable() { if [ "$into" = existing ]; then sed -z 's/\\x01d .*$/\\x01d/' -- "$1" | sort -z; else cat -- "$1"; fi; }
lacking() {
  for tree in source target; do comparable "$work/$tree" > "$work/$tree.c"; paths "$work/$tree" > "$work/$tree.p"; done
  comm -z -23 "$work/source.c" "$work/target.c" | paths > "$work/other"
  comm -z -13 "$work/source.c" "$work/target.c" | paths | comm -z -12 - "$work/source.p" | sort -zu - "$work/other" > "$work/either"
  [ "$into" = existing ] || mv -- "$work/either" "$work/other"
  comm -z -23 "$work/other" "$work/target.p" > "$work/missing"
  comm -z -12 "$work/other" "$work/target.p" > "$work/differ"
  comm -z -13 "$work/source.p" "$work/target.p" > "$work/extra"
}`

const scratch = sh`
jobs=$((($(nproc) + 1) / 2))
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' TERM INT HUP`

/** What all scripts of the kind begin with. Staging is on the target's file system; the mark is in its name. */
export function copyWords({ from, to, into }: Copy, host: HostView): Script {
  const beside = sh`${`${into === 'existing' ? to : to.replace(/\/[^/]*$/, '')}/.${host.mark.replaceAll('/', '.')}`}`
  return lines(
    pathWords,
    manifestWords,
    treeWords,
    sh`from=${from} to=${to} into=${into} stage=${beside} keep=${host.keepsakes}`,
    scratch,
  )
}

/** Compares both trees and prints how many paths there are, what differs, and up to ten names to each. */
export const compareScript = sh`
[ "$read_back" != disk ] || forget "$to"
manifest_both || exit 3
[ "$read_back" != disk ] || told_read "$to"
lacking
sum=$(sha256sum < "$work/source")
printf 'manifest=%s\\nfiles=%s\\n' "\${sum%% *}" "$(counted "$work/source.d/sums")"
# As they are copied: of a group of hard links once.
printf 'bytes=%s\\n' "$(find "$from" -type f -printf '%D:%i %s\\n' | sort -u | awk '{ sum += $2 } END { printf "%.0f", sum }')"
for list in missing differ extra; do printf '%sCount=%s\\n' "$list" "$(counted "$work/$list")"; named "$list"; done`

/** Copies what is to come into staging, and writes down its manifest. Nothing is seen at the target yet. */
export function stageCopy(copy: Copy, host: HostView): Script {
  const whole = sh`rsync -aHAX --numeric-ids --inplace --no-whole-file --delete -- "$from/" "$stage/"`
  const missing = sh`
if [ ! -e "$keep/added" ]; then
  manifest_both
  lacking
  [ ! -s "$work/differ" ] || fail "$to has other files than $from by now; nothing was written"
  cp -- "$work/missing" "$keep/added.part"
  sync -- "$keep/added.part"
  mv -f -- "$keep/added.part" "$keep/added"
fi
# Only what is listed: those above are there, and stay as they are.
rsync -aHAX --numeric-ids --inplace --no-whole-file --from0 --files-from="$keep/added" -- "$from/" "$stage/"`
  return lines(
    copyWords(copy, host),
    sh`
set -eu
umask 077
mkdir -p -- "$keep"
[ ! -e "$keep/copied" ] || exit 0
no_symlink_in "$from"
no_symlink_in "$to"
[ -d "$from" ] || fail "the source $from is not there any more"
[ -n "$(find "$from" -type f -print -quit)" ] || fail "the source $from holds no file; nothing was copied"`,
    copy.into === 'existing' ? missing : whole,
    sh`
sync -f -- "$stage"
(manifest "$stage" copied)
cp -- "$work/copied" "$keep/copied.part"
[ "$into" = existing ] || paths "$work/copied" > "$keep/added"
sync -- "$keep/copied.part" "$keep/added"
mv -f -- "$keep/copied.part" "$keep/copied"
sync -- "$keep"`,
  )
}

/** Puts staging in place: by one rename where the target is fresh, else by links, none of which can replace anything. */
export function placeCopy(copy: Copy, host: HostView): Script {
  const fresh = sh`
if [ -d "$stage" ]; then
  if [ -e "$to" ] && [ -n "$(ls -A -- "$to")" ]; then fail "$to is not empty by now; nothing was written to it"; fi
  # A rename replaces an empty directory and refuses any other.
  mv -T -- "$stage" "$to"
fi
[ -d "$to" ] || fail "what was copied is gone; it is neither at $stage nor at $to"`
  const existing = sh`
cd -- "$stage"
xargs -0 -r sh -c 'for path; do if [ -d "$path" ] && [ ! -L "$path" ]; then printf "%s\\0" "$path"; fi; done' sh < "$keep/added" > "$work/directories"
sort -z "$work/directories" | comm -z -13 - "$keep/added" > "$work/files"
directories() { rsync -aAX --numeric-ids --no-recursive --dirs --no-implied-dirs --from0 --files-from="$work/directories" -- "$stage/" "$to/"; }
directories
TO=$to xargs -0 -r sh -c '
  for path; do
    ln -P -- "$path" "$TO/$path" 2> /dev/null || [ "$(stat -c %d.%i -- "$path")" = "$(stat -c %d.%i -- "$TO/$path" 2> /dev/null)" ] ||
      { printf "%s\\n" "$TO/$path cannot be made; is something there by now?" >&2; exit 255; }
  done' sh < "$work/files"
# What was put into them changed their times.
directories
cd /`
  return lines(
    copyWords(copy, host),
    sh`
set -eu
umask 077
no_symlink_in "$to"
[ -e "$keep/copied" ] || fail "nothing was copied yet"
if [ ! -e "$keep/placed" ]; then`,
    copy.into === 'existing' ? existing : fresh,
    sh`
  sync -f -- "$to"
  : > "$keep/placed"
  sync -- "$keep"
fi
rm -rf -- "$stage"`,
  )
}

/**
 * Removes what was placed and is still as it was copied. The rest stays and is named: `changed=` what others wrote to,
 * `held=` directories with things of others in them. `was` is the target before: `absent`, or its mode and owner.
 */
export function removeCopied(copy: Copy, was: string, host: HostView): Script {
  return lines(
    copyWords(copy, host),
    sh`
set -eu
done_with() { rm -f -- "$keep/copied" "$keep/copied.part" "$keep/added" "$keep/added.part" "$keep/placed"; exit 0; }
# Staging is renamed as a whole: while it is there, nothing at a fresh target is ours.
[ "$into" = existing ] || [ ! -d "$stage" ] || rm -f -- "$keep/copied"
rm -rf -- "$stage"
[ -e "$keep/copied" ] && [ -d "$to" ] || done_with
link=$(symlink_in "$to")
if [ -n "$link" ]; then printf 'held=%s\\n' "$to, which is reached by the symbolic link $link"; exit 0; fi
(manifest "$to" target)
# Links are left out: of a pair, one may be removed already.
for tree in "$keep/copied" "$work/target"; do sed -z '/\\x01linked to /d' -- "$tree" | sort -z > "$work/\${tree##*/}.r"; done
comm -z -23 "$work/copied.r" "$work/target.r" | paths > "$work/not-as-copied"
sort -z "$keep/added" | comm -z -23 - "$work/not-as-copied" > "$work/ours"
sort -z "$keep/added" | comm -z -12 - "$work/not-as-copied" | comm -z -12 - "$(paths "$work/target" > "$work/there"; echo "$work/there")" > "$work/changed"
cd -- "$to"
sort -zr "$work/ours" | xargs -0 -r sh -c 'for path; do
  [ "$path" != . ] || continue
  if [ -d "$path" ] && [ ! -L "$path" ]; then rmdir -- "$path" 2> /dev/null || :; else rm -f -- "$path"; fi
done' sh
cd /
named changed
# Of directories in each other the deepest says why.
sort -z "$work/ours" | TO=$to xargs -0 -r sh -c 'for path; do if [ "$path" != . ] && [ -d "$TO/$path" ] && [ ! -L "$TO/$path" ]; then printf "%s\\0" "$path"; fi; done' sh > "$work/held"
named held
if [ "$into" = fresh ]; then
  if [ -n "$(ls -A -- "$to")" ]; then
    [ -s "$work/changed" ] || [ -s "$work/held" ] || echo held=.
  elif [ ${was} = absent ]; then
    rmdir -- "$to"
  else
    was=${was}
    chown -- "\${was#* }" "$to"
    chmod -- "\${was%% *}" "$to"
  fi
fi
done_with`,
  )
}
