# shellcheck shell=sh
# Prints the exit status of the script and the end of its output.
: "${reinstate_script?}"
last=$(sh -eu -c "$reinstate_script" 2>&1) && code=0 || code=$?
[ -z "$last" ] || last=$(printf %s "$last" | tail -n 1 | tail -c 400)
printf 'code=%s\nlast=%s\n' "$code" "$last"
