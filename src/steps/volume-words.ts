import type { HostView } from '../host/host.ts'
import { lines, sh, type Script } from '../shell/script.ts'
import { pathWords } from './on-the-way.ts'

/** The label by which a step knows again what it made. */
export const MARK = 'reinstate.mark'

/**
 * Shell words about one volume. `inspect` sets driver, options, mark_found and at (the mountpoint) and says whether the
 * volume is there. `volume_is_ours` and `target` fail unless it carries this step's mark and its mountpoint is that
 * volume's own directory under the engine's data root: never empty, never a system directory. `users` names containers.
 */
export function volumeWords(volume: string, host: HostView): Script {
  return lines(
    pathWords,
    sh`
volume=${volume} mark=${host.mark} keep=${host.keepsakes}
inspect() {
  said=$(docker volume inspect --format '{{.Driver}}|{{len .Options}}|{{index .Labels "reinstate.mark"}}|{{.Mountpoint}}' "$volume" 2>&1) || {
    case $said in *[Nn]"o such volume"*) return 1 ;; *) printf '%s\\n' "$said" >&2; exit 2 ;; esac
  }
  driver=\${said%%|*} rest=\${said#*|}
  options=\${rest%%|*} rest=\${rest#*|}
  mark_found=\${rest%%|*} at=\${rest#*|}
}
users() { docker ps -a --filter "volume=$volume" --format '{{.Names}}'; }
volume_is_ours() {
  inspect || fail "volume $volume is not there"
  [ "$mark_found" = "$mark" ] || fail "volume $volume was not made by this step; nothing in it was touched"
}
target() {
  volume_is_ours
  root=$(docker info --format '{{.DockerRootDir}}')
  case $root in /?*) ;; *) fail "the engine does not say where its data is" ;; esac
  [ "$at" = "$root/volumes/$volume/_data" ] || fail "volume $volume has its data at '$at', not where the engine keeps volumes ($root/volumes)"
  if [ ! -d "$at" ] || [ -L "$at" ]; then fail "$at is not a directory"; fi
}
unused() {
  using=$(users)
  [ -z "$using" ] || fail "volume $volume is used by container" $using "- nothing was written"
}`,
  )
}
