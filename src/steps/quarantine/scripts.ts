import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { pathWords } from '../shared/symlink-guard.ts'
import { referenceWords, renameWords } from '../shared/path-references.ts'
import { quarantineReferences } from './references.ts'

interface Thing {
  readonly path: string
  /** By inode and time of birth, which a rename keeps. */
  readonly identity: string
  /** Entries and bytes, where they were counted. */
  readonly held: readonly [number, number] | undefined
}

/** The directory beside a path in which all quarantines of it lie, one folder to a step. */
export function quarantineOf(path: string): string {
  return `${path.replace(/\/[^/]*$/, '')}/.reinstate-quarantine`
}

/** The folder in it that is this step's. */
export function folderOf(host: HostView): string {
  return host.mark.replaceAll('/', '.')
}

/** `held_by PATH` prints how many entries a path has, itself included, and how many bytes its files. */
const heldWords = sh`
held_by() { find "$1" -xdev -printf '%y %s\\n' | awk '{ entries++ } $1 == "f" { bytes += $2 } END { printf "%.0f %.0f", entries, bytes }'; }`

/** Prints, to each path, `symlink`, `identity` and `held`; and `taken` and `reference` where something speaks against it. */
export function whatCountsOn(step: Parameters<typeof quarantineReferences>[0]): Script {
  return lines(
    ...[pathWords, referenceWords, renameWords, heldWords, quarantineReferences(step)],
    sh`
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' TERM INT HUP
find_links
for path in ${step.paths}; do
  identity=$(identity_of "$path")
  printf 'symlink=%s\\nidentity=%s\\n' "$(symlink_in "$path")" "$identity"
  folder=\${path%/*}/.reinstate-quarantine
  if [ -L "$folder" ] || { [ -e "$folder" ] && [ ! -d "$folder" ]; }; then printf 'taken=%s\\n' "$folder"; fi
  held='0 0'
  [ "$identity" = absent ] || [ -L "$path" ] || held=$(held_by "$path")
  printf 'held=%s\\n' "$held"
  [ "$identity" = absent ] || [ -L "$path" ] || references "$path" > "$work/references" || exit 3
  [ "$identity" = absent ] || [ -L "$path" ] || P=$path awk '{ print "reference=" ENVIRON["P"] ": " $0 }' "$work/references"
done`,
  )
}

/** Sets things aside that hold no more than was seen; all of them are counted before the first is touched. */
export function setAside(things: readonly Thing[], host: HostView): Script {
  const checks = things.flatMap(({ path, identity, held }) =>
    held ? sh`no_more_than ${path} ${identity} ${String(held[0])} ${String(held[1])}` : [],
  )
  const moves = things.map(({ path, identity }) => sh`set_aside ${path} ${identity}`)
  return lines(
    ...[pathWords, renameWords, heldWords],
    sh`
set -eu
umask 077
keep=${host.keepsakes}
mkdir -p -- "$keep"
: > "$keep/begun"
sync -- "$keep"
set_aside() {
  where=\${1%/*}/.reinstate-quarantine/${folderOf(host)}
  if [ "$(identity_of "$1")" = absent ] && [ "$(identity_of "$where/\${1##*/}")" = "$2" ]; then return 0; fi
  no_symlink_in "$1"
  [ "$(identity_of "$1")" = "$2" ] || fail "$1 is not what was looked at; it was left alone; look again"
  no_symlink_in "$where"
  mkdir -p -- "$where"
  rename "$1" "$where/\${1##*/}" "$2"
}
no_more_than() {
  [ "$(identity_of "$1")" = "$2" ] || return 0
  held=$(held_by "$1")
  [ "\${held% *}" -le "$3" ] && [ "\${held#* }" -le "$4" ] ||
    fail "$1 holds more than was looked at: \${held% *} entries and \${held#* } bytes, which were $3 and $4; nothing was set aside. Take away what is new, or look again"
}`,
    ...checks,
    ...moves,
  )
}

/** Prints, to each path, the `identity` of what is there, and of what is set aside of it. */
export function whereTheyAre(paths: readonly string[], host: HostView): Script {
  return lines(
    renameWords,
    sh`
for path in ${paths}; do
  where=\${path%/*}/.reinstate-quarantine/${folderOf(host)}/\${path##*/}
  printf 'identity=%s\\naside=%s\\n' "$(identity_of "$path")" "$(identity_of "$where")"
done`,
  )
}

/** Puts back what is set aside; prints what is `gone` from there, and whose place is `taken`. */
export function putBack(things: readonly Thing[], host: HostView): Script {
  return lines(
    ...[pathWords, renameWords],
    sh`
set -eu
keep=${host.keepsakes}
[ -e "$keep/begun" ] || exit 0
put_back() {
  where=\${1%/*}/.reinstate-quarantine/${folderOf(host)}
  if [ "$(identity_of "$1")" != "$2" ]; then
    if [ "$(identity_of "$where/\${1##*/}")" != "$2" ]; then printf 'gone=%s\\n' "$1"; return 0; fi
    if [ "$(identity_of "$1")" != absent ]; then printf 'taken=%s\\n' "$1"; return 0; fi
    rename "$where/\${1##*/}" "$1" "$2"
  fi
  rmdir -- "$where" "\${where%/*}" 2> /dev/null || :
}`,
    ...things.map(({ path, identity }) => sh`put_back ${path} ${identity}`),
    sh`rm -f -- "$keep/begun"`,
  )
}
