import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { pathWords } from '../shared/symlink-guard.ts'

/** The label by which a step knows again what it made. */
export const MARK = 'reinstate.mark'

/**
 * Shell words about one volume that a step makes. `is_there` says whether it is, and sets driver, options, mark_found and
 * at (the mountpoint); `is_ours` whether it carries this step's mark. `target` fails unless it does and its mountpoint is
 * that volume's own directory under the engine's data root: never empty, never a system directory. `users` names
 * containers, `make` and `remove` do so, `forget` takes away what a half of either left. `called` is it in words.
 */
export function volumeWords(volume: string, host: HostView): Script {
  return lines(
    pathWords,
    sh`
volume=${volume} mark=${host.mark} keep=${host.keepsakes} called=${`volume ${volume}`}
is_there() {
  said=$(docker volume inspect --format '{{.Driver}}|{{len .Options}}|{{index .Labels "reinstate.mark"}}|{{.Mountpoint}}' "$volume" 2>&1) || {
    case $said in *[Nn]"o such volume"*) return 1 ;; *) printf '%s\\n' "$said" >&2; exit 2 ;; esac
  }
  driver=\${said%%|*} rest=\${said#*|}
  options=\${rest%%|*} rest=\${rest#*|}
  mark_found=\${rest%%|*} at=\${rest#*|}
}
is_ours() { [ "$mark_found" = "$mark" ] && [ "$driver" = local ] && [ "$options" = 0 ]; }
users() { docker ps -a --filter "volume=$volume" --format '{{.Names}}'; }
# Creating is no claim: Docker says yes to a name that is taken. The mark decides.
make() { docker volume create --driver local --label "reinstate.mark=$mark" "$volume" > /dev/null; }
target() {
  is_there || fail "$called is not there"
  [ "$mark_found" = "$mark" ] || fail "$called was not made by this step; nothing in it was touched"
  root=$(docker info --format '{{.DockerRootDir}}')
  case $root in /?*) ;; *) fail "the engine does not say where its data is" ;; esac
  [ "$at" = "$root/volumes/$volume/_data" ] || fail "$called has its data at '$at', not where the engine keeps volumes ($root/volumes)"
  if [ ! -d "$at" ] || [ -L "$at" ]; then fail "$at is not a directory"; fi
}
remove() { docker volume rm "$volume"; }
forget() { :; }
unused() {
  using=$(users)
  [ -z "$using" ] || fail "$called is used by container" $using "- nothing was written"
}`,
  )
}
