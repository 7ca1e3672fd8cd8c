import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { scratchForget } from '../shared/scratch-servers.ts'

/** What reads a backup at rest with the programs of an image, whatever made it. */

/**
 * What comes first: a scratch container of an earlier call goes now, this one's at the end. Defines `wrong TEXT`, which
 * prints `wrong=`.
 */
export function readerWords(host: HostView): Script {
  return lines(
    scratchForget,
    sh`
scratch=${`reinstate.scratch=${host.mark}`}
scratch_forget "label=$scratch"
trap 'scratch_leave "label=$scratch"' EXIT
trap 'exit 1' TERM INT HUP
wrong() { printf 'wrong=%s\\n' "$1"; }`,
  )
}

/** Sets `said` to what `inside` prints in a container without a network that sees the directory at /audited, read-only. */
export function readInside(
  { from, image }: { readonly from: string; readonly image: string },
  inside: string,
): Script {
  // One field of a line of CSV, which is what --mount takes: any character may be in it.
  const mount = `type=bind,"source=${from.replaceAll('"', '""')}",target=/audited,readonly`
  return sh`said=$(docker run --pull never --network none --read-only --user 0 --label "$scratch" --mount ${mount} -e LC_ALL=C --entrypoint sh ${image} -c ${inside} 2>&1) ||
  fail "the scratch container of "${image}" ended with $?: $(printf '%s' "$said" | tail -n 1)"`
}
