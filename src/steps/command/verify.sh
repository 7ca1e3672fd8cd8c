# shellcheck shell=sh
# Its own exit code is an answer here, whatever it is; the end of what it printed is shown with it.
: "${reinstate_script?}"
said=$(sh -eu -c "$reinstate_script" 2>&1) && code=0 || code=$?
[ -z "$said" ] || said=$(printf %s "$said" | tail -n 1 | tail -c 400)
printf 'code=%s\nsaid=%s\n' "$code" "$said"
