# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154
# Shared by the scratch servers of all databases. Containers and volumes carry the label `scratch` with the owner label of
# the step, and are removed when the script ends; `scratch_id` is unique. `scratch_clear` removes those of an earlier call of
# this step, `scratch_end` those of this call. `scratch_volume SIDE` creates the side's volume and sets `at` to its
# mountpoint. `scratch_side SIDE DIRECTORY` serves a copy of the directory and sets `server`, or ends the script with
# `broken=SIDE|REASON`. `scratch_begin` clears, and sets `work` to a private directory that goes when the script ends.
# `scratch_unused PLACE ADVICE` sets `at` to the directory of a restored volume or path, or ends the script for one that is
# missing or in use.
# `scratch_wait LINES COMMAND` waits until the command succeeds; if `server` ends before, it sets `problem` to what the function
# LINES makes of its log, and fails. A server whose data needs more than a copy defines its own `scratch_copy`.
: "${image?}" "${scratch?}"
. ./scratch-forget.sh
. ./restored-place.sh
scratch_id=reinstate-scratch-$(head -c 6 /dev/urandom | od -An -tx1 | tr -d ' \n')
scratch_clear() { scratch_forget "label=$scratch"; }
scratch_end() { scratch_leave "name=$scratch_id"; }
scratch_begin() {
  umask 077
  work=$(mktemp -d) || exit 3
  trap 'rm -rf -- "$work"; scratch_end' EXIT
  trap 'exit 1' TERM INT HUP
  scratch_clear
}
scratch_volume() {
  docker volume create --driver local --label "$scratch" "$scratch_id-$1" > /dev/null || return
  at=$(docker volume inspect --format '{{.Mountpoint}}' "$scratch_id-$1") || return
  case $at in /?*/volumes/"$scratch_id-$1"/_data) ;; *) problem="the engine keeps the scratch volume at '$at'"; return 1 ;; esac
}
scratch_copy() {
  scratch_volume "$1" || return
  cp -a --reflink=auto -- "$2/." "$at/"
}
scratch_unused() {
  restored_at "$1" || broken there "$1 does not exist"
  mounted_by=$(restored_users "$1")
  [ -z "$mounted_by" ] || broken there "$1 is used by container $mounted_by${2:-}"
}
scratch_wait() {
  telling=$1
  shift
  until "$@" > /dev/null 2>&1; do
    if [ "$(docker inspect --format '{{.State.Running}}' "$server")" != true ]; then
      server_log=$(docker logs --tail 50 "$server" 2>&1)
      problem=$(printf '%s\n' "$server_log" | "$telling" | tr '\n' ' ')
      [ -n "$problem" ] || problem=$(printf '%s\n' "$server_log" | grep . | tail -n 1)
      problem="$problem If it needs a setting, add it to options: of the step"
      return 1
    fi
    sleep 0.1
  done
}
why() { grep . < "$1" | head -n 1 | cut -c 1-400; }
broken() { printf 'broken=%s|%s\n' "$1" "$2"; exit 0; }
scratch_side() {
  echo "progress=copies the data of $1"
  find_data "$2"
  [ -z "$problem" ] || broken "$1" "it $problem"
  scratch_copy "$1" "$data" 2> "$work/$1.err" || broken "$1" "${problem:-$(why "$work/$1.err")}"
  scratch_start "$1" 2> "$work/$1.err" || broken "$1" "a scratch server of $image $scratch_fails: ${problem:-$(why "$work/$1.err")}"
}
