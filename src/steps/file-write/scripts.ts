import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { pathWords } from '../shared/symlink-guard.ts'

interface Writing {
  readonly path: string
  /** The sum that the file had when it was looked at, or `absent`. */
  readonly was: string
  readonly content: { readonly sha256: string; readonly base64: string }
  readonly access: { readonly mode: string; readonly owner: string }
}

/**
 * Keeps the old file, then puts the new one in its place by a rename. Stops where the file is neither the one that was
 * looked at nor the one that an earlier attempt wrote. The keepsake `old` or `absent` stands before anything changes.
 */
export function write({ path, was, content, access }: Writing, host: HostView): Script {
  return lines(
    pathWords,
    words({ path, host }),
    sh`
set -eu
umask 077
wanted=${`${access.mode} ${access.owner}`}
mkdir -p -- "$keep"
no_symlink_in "$path"
now=$(sum_now)
if [ ! -e "$keep/old" ] && [ ! -e "$keep/absent" ]; then
  [ "$now" = ${was} ] || fail "$path was changed since it was looked at: sha256 was ${was}, is $now; look again"
  if [ "$now" = absent ]; then
    : > "$keep/absent"
  else
    cp -a -- "$path" "$keep/old.part"
    sync -- "$keep/old.part"
    mv -f -- "$keep/old.part" "$keep/old"
  fi
  sync -- "$keep"
else
  case $now in ${was} | ${content.sha256}) ;; *) fail "$path was changed by others while the step was interrupted; nothing was written" ;; esac
fi
# An earlier attempt may have come to the end.
if [ "$now" = ${content.sha256} ]; then
  case $(stat -c '%a %u:%g|%a %U:%G' -- "$path") in "$wanted|"* | *"|$wanted") exit 0 ;; esac
fi
rm -f -- "$beside"
base64 -d > "$beside" <<'END_OF_FILE'
${wrapped(content.base64)}
END_OF_FILE
[ "$(sha256sum < "$beside")" = ${`${content.sha256}  -`} ] || fail "$path could not be written whole; is the disk full?"
chown -- ${access.owner} "$beside"
chmod -- ${access.mode} "$beside"
sync -- "$beside"
mv -fT -- "$beside" "$path"
sync -- "\${path%/*}"`,
  )
}

/** Puts back what the keepsakes hold. What others have written since is set aside there, and named: `aside=`. */
export function putBack(
  { path, sha256 }: { readonly path: string; readonly sha256: string },
  host: HostView,
): Script {
  return lines(
    pathWords,
    words({ path, host }),
    sh`
set -eu
umask 077
rm -f -- "$beside"
[ -e "$keep/old" ] || [ -e "$keep/absent" ] || exit 0
if [ ! -e "$keep/old" ] && [ ! -e "$path" ]; then rm -f -- "$keep/absent"; exit 0; fi
link=$(symlink_in "$path")
if [ -n "$link" ]; then echo "left=$link became a symbolic link; the old file is $keep/old"; exit 0; fi
if [ ! -d "\${path%/*}" ]; then echo "left=its directory is gone; the old file is $keep/old"; exit 0; fi
if [ -e "$path" ] && [ ! -f "$path" ]; then echo "left=it is no file any more; the old file is $keep/old"; exit 0; fi
now=$(sum_now) old=absent
[ ! -e "$keep/old" ] || { old=$(sha256sum < "$keep/old"); old=\${old%% *}; }
case $now in
absent | ${sha256} | "$old") ;;
*)
  cp -a -- "$path" "$keep/set-aside-$now"
  sync -- "$keep/set-aside-$now"
  echo "aside=$keep/set-aside-$now"
  ;;
esac
if [ "$old" = absent ]; then
  rm -f -- "$path"
else
  cp -a -- "$keep/old" "$beside"
  sync -- "$beside"
  mv -fT -- "$beside" "$path"
fi
sync -- "\${path%/*}"
rm -f -- "$keep/old" "$keep/absent"`,
  )
}

/** The mark is in the name of the file beside: nobody else's can be met there. */
function words({ path, host }: { readonly path: string; readonly host: HostView }): Script {
  return sh`
path=${path} keep=${host.keepsakes}
beside=\${path%/*}/.${host.mark.replaceAll('/', '.')}
sum_now() {
  if [ -e "$path" ]; then
    [ -f "$path" ] || fail "$path is not a file"
    sum=$(sha256sum < "$path")
    printf '%s' "\${sum%% *}"
  else
    printf absent
  fi
}`
}

/** base64 in lines of 76, as a here-document likes it; quoting leaves these characters alone. */
function wrapped(base64: string): Script {
  const rows = base64.match(/.{1,76}/g) ?? []
  return lines(...rows.map((row) => sh`${row}`))
}
