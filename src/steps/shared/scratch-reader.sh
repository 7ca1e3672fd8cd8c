# shellcheck shell=sh
# shellcheck disable=SC2034
# Reads a backup at rest with the programs of an image. Removes the scratch container of an earlier attempt first, and its
# own at the end. `read_inside` sets `output` to the output of the script `inside`, run in a container without network that
# sees the directory read-only at /audited. `wrong TEXT` prints `wrong=`.
: "${image?}" "${scratch?}" "${mount?}" "${inside?}"
. ./symlink-guard.sh
. ./scratch-forget.sh
scratch_forget "label=$scratch"
trap 'scratch_leave "label=$scratch"' EXIT
trap 'exit 1' TERM INT HUP
wrong() { printf 'wrong=%s\n' "$1"; }
read_inside() {
  output=$(docker run --pull never --network none --read-only --user 0 --label "$scratch" --mount "$mount" -e LC_ALL=C --entrypoint sh "$image" -c "$inside" 2>&1) ||
    fail "the scratch container of $image ended with $?: $(printf '%s' "$output" | tail -n 1)"
}
