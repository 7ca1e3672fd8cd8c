import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'

/** What scratch servers of every make share: how they are named and labelled, how they go, and where their copies lie. */

/** Sets image, scratch (the label with the step's mark) and scratch_id, which no other scratch server has. */
export function scratchNames(image: string, host: HostView): Script {
  return sh`
image=${image}
scratch=${`reinstate.scratch=${host.mark}`}
scratch_id=reinstate-scratch-$(head -c 6 /dev/urandom | od -An -tx1 | tr -d ' \\n')`
}

/**
 * `scratch_forget FILTER` removes the containers and volumes that it names. An engine that is being restarted is waited
 * for, a minute at most; then the script ends with 3 and the engine's words, and is asked anew, which clears first.
 * `scratch_leave FILTER` does that for a script that ends: in a session of its own, for one that is stopped gets TERM
 * every second, and KILL in the end.
 */
export const scratchForget = sh`
forget_scratch='
tries=0
until unremoved=$({ containers=$(docker ps -aq --filter "$1") && volumes=$(docker volume ls -q --filter "$1") &&
  { [ -z "$containers" ] || docker rm -fv $containers; } && { [ -z "$volumes" ] || docker volume rm -f $volumes; }; } 2>&1 > /dev/null); do
  tries=$((tries + 1))
  [ $tries -lt 60 ] || { printf "%s\\n" "what was made for the audit cannot be removed: $unremoved" >&2; exit 3; }
  sleep 1
done'
scratch_forget() { sh -c "$forget_scratch" sh "$1" || exit 3; }
scratch_leave() { trap '' TERM INT HUP; setsid -w sh -c "$forget_scratch" sh "$1" || exit 3; }`

/** `scratch_clear` removes what an earlier call of this step left, `scratch_end` what this one made. */
export const scratchEnds = lines(
  scratchForget,
  sh`
scratch_clear() { scratch_forget "label=$scratch"; }
scratch_end() { scratch_leave "name=$scratch_id"; }`,
)

/** Within `scratch_copy SIDE DATA`: makes the side's volume and sets `at` to its mountpoint. */
export const scratchVolume = sh`  docker volume create --driver local --label "$scratch" "$scratch_id-$1" > /dev/null || return
  at=$(docker volume inspect --format '{{.Mountpoint}}' "$scratch_id-$1") || return
  case $at in /?*/volumes/"$scratch_id-$1"/_data) ;; *) problem="the engine keeps the scratch volume at '$at'"; return 1 ;; esac`

/** `scratch_side SIDE DIRECTORY` serves a copy of it, or ends the script with `broken=` and why; `fails` is how that reads. */
export function scratchSide(fails: Script): Script {
  return sh`broken() { printf 'broken=%s|%s\\n' "$1" "$2"; exit 0; }
scratch_side() {
  echo "progress=copies the data of $1"
  find_data "$2"
  [ -z "$problem" ] || broken "$1" "it $problem"
  scratch_copy "$1" "$data" 2> "$work/$1.err" || broken "$1" "\${problem:-$(why "$work/$1.err")}"
  scratch_start "$1" 2> "$work/$1.err" || broken "$1" "a scratch server of $image ${fails}: \${problem:-$(why "$work/$1.err")}"
}`
}
