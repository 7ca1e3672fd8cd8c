# shellcheck shell=sh
. ./merge.sh
own=$path
# `audit` prints why `merged` fails.
make_file() { merged 2> /dev/null; }
. ../shared/written-file-state.sh
[ "$kind" != file ] || ! make_file | cmp -s - "$path" || echo same=yes
printf 'me=%s\n' "$(id -u):$(id -g)"
audit
