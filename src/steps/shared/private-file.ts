import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { many, maybe, once, readFacts } from '../facts.ts'
import { readAccess, statOwner } from './file-state.ts'
import { pathWords } from './symlink-guard.ts'

/**
 * Files with secrets in them: mode 0600, and neither their bytes nor a plain sum of them leaves the host, for a sum of
 * something short can be guessed. That a file is still the one that was looked at is told by inode and change time.
 */
const fileWords = sh`
identity() { stat -c '%i.%.Z' -- "$1"; }
sum_of() { sum=$(sha256sum < "$1"); printf '%s' "\${sum%% *}"; }
now_at() {
  if [ ! -e "$path" ]; then printf absent; return; fi
  [ -f "$path" ] || fail "$path is not a file"
  identity "$path"
}`

/** The file as it was: `absent`, or its inode and change time. The bytes themselves are in the keepsakes. */
export interface PrivateFileSeen {
  readonly was: string
  readonly owner: string
  readonly [key: string]: string
}

/** Looks at a path and, where `make` is a script that prints the wanted bytes, whether they are there: one exec's worth. */
export function stateOfFile(path: string, make: Script): Script {
  return lines(
    pathWords,
    fileWords,
    sh`
path=${path} parent=missing kind=absent same=no
[ ! -e "\${path%/*}" ] || parent=other
[ ! -d "\${path%/*}" ] || parent=directory
[ ! -e "$path" ] || kind=other
printf 'symlink=%s\\nparent=%s\\n' "$(symlink_in "$path")" "$parent"
if [ -f "$path" ]; then
  kind=file
  printf 'was=%s\\naccess=%s\\nlinks=%s\\n' "$(identity "$path")" "$(${statOwner} "$path")" "$(stat -c %h -- "$path")"
  ! { ${make}; } | cmp -s - "$path" || same=yes
fi
printf 'kind=%s\\nsame=%s\\n' "$kind" "$same"`,
  )
}

/** Parses what `stateOfFile` printed. */
export function readStateOfFile(output: string) {
  const found = readFacts(output, {
    symlink: once,
    parent: once,
    kind: once,
    same: once,
    was: maybe,
    access: maybe,
    links: maybe,
  })
  return {
    ...found,
    access: found.access === undefined ? undefined : readAccess(found.access),
    links: Number(found.links ?? 1),
  }
}

interface Writing {
  readonly path: string
  readonly was: string
  readonly owner: string
  /** Prints the bytes; a failure of it stops the writing. */
  readonly make: Script
}

/**
 * Keeps the old file, then puts the new one in its place by a rename. Stops where the file is neither the one that was
 * looked at nor one that an earlier attempt wrote. The keepsake `old` or `absent` stands before anything changes.
 */
export function writePrivately({ path, was, owner, make }: Writing, host: HostView): Script {
  return lines(
    pathWords,
    fileWords,
    wordsOf(path, host),
    sh`
set -eu
umask 077
mkdir -p -- "$keep"
no_symlink_in "$path"
trap 'rm -f -- "$beside"' EXIT
{ ${make}; } > "$beside"
now=$(now_at)
if [ ! -e "$keep/old" ] && [ ! -e "$keep/absent" ]; then
  [ "$now" = ${was} ] || fail "$path was changed since it was looked at; nothing was written; look again"
  if [ "$now" = absent ]; then
    : > "$keep/absent"
  else
    stat -c '%a %u:%g' -- "$path" > "$keep/old.access"
    cp -a -- "$path" "$keep/old.part"
    chmod 600 -- "$keep/old.part"
    sync -- "$keep/old.part" "$keep/old.access"
    mv -f -- "$keep/old.part" "$keep/old"
  fi
  sync -- "$keep"
else
  ours || fail "$path was changed by others while the step was interrupted; nothing was written"
fi
# An earlier attempt may have come to the end.
if [ "$now" != absent ] && cmp -s -- "$beside" "$path"; then
  case $(stat -c '%a %u:%g|%a %U:%G' -- "$path") in ${`600 ${owner}`}'|'* | *'|'${`600 ${owner}`}) exit 0 ;; esac
fi
sum_of "$beside" >> "$keep/wrote"
echo >> "$keep/wrote"
chown -- ${owner} "$beside"
chmod 600 -- "$beside"
sync -- "$keep/wrote" "$beside"
mv -fT -- "$beside" "$path"
sync -- "\${path%/*}"`,
  )
}

/** Puts back what the keepsakes hold. What others have written since is set aside there, and named: `aside=`. */
export function putBackPrivately(path: string, host: HostView): Script {
  return lines(
    pathWords,
    fileWords,
    wordsOf(path, host),
    sh`
set -eu
umask 077
rm -f -- "$beside"
[ -e "$keep/old" ] || [ -e "$keep/absent" ] || exit 0
done_with() { rm -f -- "$keep/old" "$keep/absent" "$keep/old.access" "$keep/wrote"; exit 0; }
left() { printf 'left=%s\\n' "$*"; exit 0; }
old=$keep/old
[ -e "$old" ] || old=none
if [ "$old" = none ] && [ ! -e "$path" ]; then done_with; fi
link=$(symlink_in "$path")
[ -z "$link" ] || left "$link became a symbolic link; the old file: $old"
[ -d "\${path%/*}" ] || left "its directory is gone; the old file: $old"
[ ! -e "$path" ] || [ -f "$path" ] || left "it is no file any more; the old file: $old"
if ! ours; then
  aside=$keep/set-aside-$(identity "$path")
  cp -a -- "$path" "$aside"
  chmod 600 -- "$aside"
  sync -- "$aside"
  echo "aside=$aside"
fi
if [ "$old" = none ]; then
  rm -f -- "$path"
else
  read -r mode owner < "$keep/old.access"
  cp -a -- "$old" "$beside"
  chown -- "$owner" "$beside"
  chmod -- "$mode" "$beside"
  sync -- "$beside"
  mv -fT -- "$beside" "$path"
fi
sync -- "\${path%/*}"
done_with`,
  )
}

/** The mark is in the name of the file beside: nobody else's can be met there. */
function wordsOf(path: string, host: HostView): Script {
  return sh`
path=${path} keep=${host.keepsakes}
beside=\${path%/*}/.${host.mark.replaceAll('/', '.')}
# Whether what is there is the old file, nothing where there was nothing, or what an attempt of this step wrote.
ours() {
  if [ ! -e "$path" ]; then return 0; fi
  if [ -e "$keep/old" ] && cmp -s -- "$keep/old" "$path"; then return 0; fi
  [ -e "$keep/wrote" ] && grep -qxF -e "$(sum_of "$path")" -- "$keep/wrote"
}`
}

/** What `putBackPrivately` printed. */
export function leftoversOf(path: string, output: string) {
  const { aside, left } = readFacts(output, { aside: many, left: many })
  return [
    ...aside.map((kept) => ({
      what: `file ${path} as others changed it after the step`,
      why: `set aside as ${kept}`,
    })),
    ...left.map((why) => ({ what: `file ${path}`, why })),
  ]
}
