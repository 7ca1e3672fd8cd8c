import type { HostView } from '../host/host.ts'
import { lines, sh, type Script } from '../shell/script.ts'
import { volumeWords } from './volume-words.ts'

interface Restore {
  readonly from: string
  readonly volume: string
}

/** Makes the volume with this step's mark; one that is there must be this step's own. Keepsakes of a lost one go first. */
export function makeVolume({ volume }: Restore, host: HostView): Script {
  return lines(
    volumeWords(volume, host),
    sh`
set -eu
umask 077
mkdir -p -- "$keep"
if ! inspect; then
  rm -f -- "$keep/copying" "$keep/complete"
  docker volume create --driver local --label "reinstate.mark=$mark" "$volume" > /dev/null
fi
# Creating is no claim: Docker says yes to a name that is taken. The mark decides.
target
unused`,
  )
}

/**
 * Copies the tree. The first copy goes into an empty directory only. A later one finds this step's own half copy: what
 * the source does not have any more is deleted, and where the copy was once complete and yet not right, sums decide.
 */
export function copyTree({ from, volume }: Restore, host: HostView): Script {
  return lines(
    volumeWords(volume, host),
    sh`
set -eu
umask 077
from=${from}
no_symlink_in "$from"
[ -d "$from" ] || fail "the source $from is not there any more"
[ -n "$(find "$from" -type f -print -quit)" ] || fail "the source $from holds no file; nothing was copied"
target
unused
again=
if [ -e "$keep/copying" ]; then
  again=--delete
  [ ! -e "$keep/complete" ] || again='--delete --checksum'
else
  [ -z "$(find "$at" -mindepth 1 -print -quit)" ] || fail "volume $volume holds files that this step did not copy; nothing was written"
  : > "$keep/copying"
  sync -- "$keep"
fi
# In place, and by parts also on one machine: a copy that was cut off sends again only what is missing.
# rsync tells its progress at every file; every hundredth is kept, so that a million files do not fill the receipt.
exec 3>&1
code=$(
  {
    {
      rsync -aHAX --numeric-ids --inplace --no-whole-file $again --info=progress2 --no-human-readable -- "$from/" "$at/" 4>&- &&
        echo 0 >&4 || echo $? >&4
    } | stdbuf -o0 tr '\\r' '\\n' | grep --line-buffered -e '%[^(]*$' -e 'xfr#[0-9]*00,' >&3 || :
  } 4>&1
)
exec 3>&-
[ "$code" = 0 ] || fail "rsync ended with $code; the copy can be taken up again by a retry"
sync -f -- "$at"`,
  )
}

/** Records how the copy was left. Whatever is written to the volume from now on changes a change time. */
export function recordState({ volume }: Restore, host: HostView): Script {
  return lines(
    volumeWords(volume, host),
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
 * Removes the volume if it is this step's and nothing has written to it since it was recorded, or it was never whole.
 * Otherwise prints `kept=` and why. Docker itself refuses to remove one that a container has come to use meanwhile.
 */
export function removeUnserved({ volume }: Restore, host: HostView): Script {
  return lines(
    volumeWords(volume, host),
    stateWords,
    sh`
set -eu
kept() { printf 'kept=%s\\n' "$*"; exit 0; }
if ! inspect; then rm -f -- "$keep/copying" "$keep/complete"; exit 0; fi
[ "$mark_found" = "$mark" ] || exit 0
target
using=$(users)
[ -z "$using" ] || kept container $using uses it
if [ -e "$keep/complete" ] && [ "$(state)" != "$(cat "$keep/complete")" ]; then kept 'written to after the restore'; fi
said=$(docker volume rm "$volume" 2>&1) || { ! inspect || kept "Docker did not remove it: $said"; }
rm -f -- "$keep/copying" "$keep/complete"`,
  )
}

/** No data is read: inode, sizes, owners and change times, which no program can set, are enough to see any write. */
const stateWords = sh`
state() {
  find "$at" -printf '%i %n %y %m %U %G %s %C@ %l %P\\0' | LC_ALL=C sort -z | sha256sum
}`
