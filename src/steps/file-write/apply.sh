# shellcheck shell=sh
: "${content?}"
make_file() { printf '%s\n' "$content" | base64 -d; }
. ../shared/written-file-apply.sh
