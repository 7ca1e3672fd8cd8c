import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { targetWords, type Member } from './members.ts'

/** Makes the target with this step's mark; one that is there must be this step's own. Keepsakes of a lost one go first. */
export function makeTarget(member: Member, host: HostView): Script {
  return lines(
    targetWords(member, host),
    sh`
set -eu
umask 077
mkdir -p -- "$keep"
if ! is_there; then
  rm -f -- "$keep/copying" "$keep/complete"
  make
fi
target
unused`,
  )
}

/**
 * Copies the tree. The first copy goes into an empty directory only. A later one finds this step's own half copy: what
 * the source does not have any more is deleted, and where the copy was once complete and yet not right, sums decide.
 */
export function copyTree(member: Member, host: HostView, { ahead }: { readonly ahead: boolean }): Script {
  return lines(
    targetWords(member, host),
    sh`
set -eu
umask 077
from=${member.from}
no_symlink_in "$from"
[ -d "$from" ] || fail "the source $from is not there any more"
[ -n "$(find "$from" -type f -print -quit)" ] || fail "the source $from holds no file; nothing was copied"
target
unused
again=
if [ -e "$keep/copying" ]; then
  again=--delete
  if [ -e "$keep/complete" ] || [ -e "$keep/reopened" ]; then again='--delete --checksum'; fi
else
  [ -z "$(find "$at" -mindepth 1 -print -quit)" ] || fail "$called holds files that this step did not copy; nothing was written"
  : > "$keep/copying"
  sync -- "$keep"
fi
# In place, and by parts also on one machine: a copy that was cut off sends again only what is missing.
# rsync tells its progress at every file; every hundredth is kept, so that a million files do not fill the receipt.
exec 3>&1
code=$(
  {
    {
      rsync -aHAX --numeric-ids --inplace --no-whole-file $again --info=progress2 --stats --no-human-readable -- "$from/" "$at/" 4>&- &&
        echo 0 >&4 || echo $? >&4
    } | stdbuf -o0 tr '\\r' '\\n' | grep --line-buffered -e '%[^(]*$' -e 'xfr#[0-9]*00,' -e ' data: ' >&3 || :
  } 4>&1
)
exec 3>&-
# Of a source in use a file may go while it is copied.
[ "$code" != 24 ] || [ ${ahead ? 'ahead' : 'at rest'} != ahead ] || code=0
[ "$code" = 0 ] || fail "rsync ended with $code; the copy can be taken up again by a retry"
sync -f -- "$at"`,
  )
}

/**
 * Opens a copy that was made ahead for the second pass, which compares sums. Fails where anything has written to it
 * since. Until the copy is recorded again, an undo takes it for one that was never whole, and removes it.
 */
export function reopen(member: Member, host: HostView): Script {
  return lines(
    targetWords(member, host),
    stateWords,
    sh`
set -eu
is_there && is_ours || fail "$called is not there as it was copied ahead"
target
unused
if [ ! -e "$keep/reopened" ]; then
  [ -e "$keep/complete" ] || fail "$called was never copied whole"
  [ "$(state)" = "$(cat "$keep/complete")" ] || fail "$called was written to since it was copied ahead; nothing was copied"
  : > "$keep/reopened"
  sync -- "$keep"
fi
rm -f -- "$keep/complete"`,
  )
}

/** Records how the copy was left. Whatever is written there from now on changes a change time. */
export function recordState(member: Member, host: HostView): Script {
  return lines(
    targetWords(member, host),
    stateWords,
    sh`
set -eu
umask 077
target
state > "$keep/complete.part"
sync -- "$keep/complete.part"
mv -f -- "$keep/complete.part" "$keep/complete"
sync -- "$keep"`,
  )
}

/**
 * Removes the target if it is this step's and nothing has written to it since it was recorded, or it was never whole.
 * Otherwise prints `kept=` and why. Docker itself refuses to remove a volume that a container has come to use meanwhile.
 */
export function removeUnserved(member: Member, host: HostView): Script {
  return lines(
    targetWords(member, host),
    stateWords,
    sh`
set -eu
kept() { printf 'kept=%s\\n' "$*"; exit 0; }
gone() { forget; rm -f -- "$keep/copying" "$keep/complete" "$keep/reopened"; exit 0; }
is_there || gone
is_ours || exit 0
target
using=$(users)
[ -z "$using" ] || kept container $using uses it
if [ -e "$keep/complete" ] && [ "$(state)" != "$(cat "$keep/complete")" ]; then kept 'written to after the restore'; fi
said=$(remove 2>&1) || { ! is_there || kept "it could not be removed: $said"; }
gone`,
  )
}

/** No data is read: inode, sizes, owners and change times, which no program can set, are enough to see any write. */
const stateWords = sh`
state() {
  find "$at" -printf '%i %n %y %m %U %G %s %C@ %l %P\\0' | LC_ALL=C sort -z | sha256sum
}`
