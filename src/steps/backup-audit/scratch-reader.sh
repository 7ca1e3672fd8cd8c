# shellcheck shell=sh
# shellcheck disable=SC2034
# Reads a backup at rest with the programs of an image, whatever made it. A scratch container of an earlier call goes now,
# this one's at the end. `read_inside` sets `said` to what the script `inside` prints in a container without a network that
# sees the directory at /audited, read-only. `wrong TEXT` prints `wrong=`.
: "${image?}" "${scratch?}" "${mount?}" "${inside?}"
. ../shared/symlink-guard.sh
. ../shared/scratch-forget.sh
scratch_forget "label=$scratch"
trap 'scratch_leave "label=$scratch"' EXIT
trap 'exit 1' TERM INT HUP
wrong() { printf 'wrong=%s\n' "$1"; }
read_inside() {
  said=$(docker run --pull never --network none --read-only --user 0 --label "$scratch" --mount "$mount" -e LC_ALL=C --entrypoint sh "$image" -c "$inside" 2>&1) ||
    fail "the scratch container of $image ended with $?: $(printf '%s' "$said" | tail -n 1)"
}
