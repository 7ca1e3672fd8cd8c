# shellcheck shell=sh
: "${path?}" "${bytes?}"
head -c "$bytes" -- "$path"
