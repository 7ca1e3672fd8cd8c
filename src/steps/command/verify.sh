# shellcheck shell=sh
# Prints the exit status of the script and the last line of its output that holds a letter or a digit: the bracket at the end
# of some JSON is no evidence.
: "${reinstate_script?}"
last=$(sh -eu -c "$reinstate_script" 2>&1) && code=0 || code=$?
[ -z "$last" ] || last=$(printf '%s\n' "$last" | grep -a '[[:alnum:]]' | tail -n 1 | tail -c 400)
printf 'code=%s\nlast=%s\n' "$code" "$last"
