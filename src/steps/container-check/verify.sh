# shellcheck shell=sh
# Prints how many containers exist, and `wrong=` per problem. "$@" is a command to run inside. `variables` are names; the
# value of the n-th is EXPECTED_n. `mounts` holds the target as a Go string, the target and the source per line, separated by
# tabs.
: "${container?}" "${project?}" "${service?}" "${status?}" "${exit_code?}" "${up_for?}"
: "${variables?}" "${mounts?}" "${user?}" "${compare_output?}" "${equals?}" "${contains?}"
set -u
if [ -n "$container" ]; then
  ids=$(docker ps -aq --no-trunc --filter "name=^/?$(printf %s "$container" | sed 's/\./\\./g')$") || exit 2
else
  ids=$(docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$project" \
    --filter "label=com.docker.compose.service=$service" --filter label=com.docker.compose.oneoff=False) || exit 2
fi
errors=$(mktemp) || exit 2
trap 'rm -f -- "$errors"' EXIT
printf 'containers=%s\n' "$(printf %s "$ids" | grep -c '')"
[ -n "$ids" ] || echo "wrong=the container does not exist"
field() { docker inspect --type container --format "$1" "$id"; }
sum() { sha256sum | cut -c 1-64; }
wrong() { printf 'wrong=%s: %s\n' "$name" "$1"; }
# Compares checksums of the value that the engine gives the first process and of the expected value, which comes by
# environment and so stays out of the script's text and of process lists.
compare_variables() {
  index=0
  for variable in $variables; do
    long=$((${#variable} + 1))
    has=$(field "{{range .Config.Env}}{{if ge (len .) $long}}{{if eq (slice . 0 $long) \"$variable=\"}}has:{{slice . $long}}{{end}}{{end}}{{end}}" | sum)
    eval "expected=\$EXPECTED_$index"
    # shellcheck disable=SC2154
    case $has in
    "$(printf 'has:%s\n' "$expected" | sum)") ;;
    "$(printf '\n' | sum)") wrong "has no variable $variable" ;;
    *) wrong "its variable $variable has another value" ;;
    esac
    index=$((index + 1))
  done
}
compare_mounts() {
  printf '%s\n' "$mounts" | while IFS='	' read -r quoted target source; do
    [ -n "$target" ] || continue
    has=$(field "{{range .Mounts}}{{if eq .Destination $quoted}}{{if eq .Type \"volume\"}}{{.Name}}{{else}}{{.Source}}{{end}}{{end}}{{end}}")
    [ "$has" = "$source" ] || wrong "has ${has:-nothing} at $target, not $source"
  done
}
# The user of the first process, with its name in the container's own passwd file.
compare_user() {
  pid=$(field '{{.State.Pid}}')
  uid=$(awk '$1 == "Uid:" { print $3 }' "/proc/$pid/status" 2> /dev/null)
  called=$(docker cp "$id:/etc/passwd" - 2> /dev/null | tar -xO 2> /dev/null | awk -F : -v uid="$uid" '$3 == uid { print $1; exit }')
  case "$user" in "$uid" | "$called") ;; *) wrong "runs as user ${uid:-unknown} (${called:-without a name}), not $user" ;; esac
}
compare_output_of() {
  code=0
  output=$(timeout -k 5 60 docker exec "$id" "$@" 2> "$errors") || code=$?
  first=$(printf %s "$output" | head -c 200 | tr '\n' ' ')
  [ "$code" = 0 ] || wrong "the command inside exited with $code and printed: $(printf '%s %s' "$(tail -n 1 "$errors" | cut -c 1-200)" "${first:-nothing}")"
  [ "$compare_output" != yes ] || [ "$output" = "$equals" ] || wrong "the command inside printed: ${first:-nothing}, which differs from equals:"
  [ -z "$contains" ] || case $output in *"$contains"*) ;; *) wrong "the command inside printed: ${first:-nothing}, which does not contain contains:" ;; esac
}
for id in $ids; do
  name=$(field '{{.Name}}') || exit 2
  name=${name#/}
  state=$(field '{{.State.Status}}') code=$(field '{{.State.ExitCode}}')
  [ "$state" = "$status" ] || wrong "is $state, its last exit code $code, not $status"
  [ -z "$exit_code" ] || [ "$code" = "$exit_code" ] || wrong "ended with $code, not $exit_code"
  if [ -n "$up_for" ]; then
    since=$(date -d "$(field '{{.State.StartedAt}}')" +%s) || exit 2
    up=$(($(date +%s) - since))
    [ "$state" != running ] || [ "$up" -ge "$up_for" ] || wrong "has run for $up s, not $up_for"
  fi
  compare_variables
  compare_mounts
  [ "$(field '{{.State.Running}}')" = true ] || continue
  [ -z "$user" ] || compare_user
  [ $# -eq 0 ] || compare_output_of "$@"
done
