# shellcheck shell=sh
. ./merge.sh
own=$path
# Why `merged` fails is what `audit` says in more words.
make_file() { merged 2> /dev/null; }
. ../shared/written-file-state.sh
[ "$kind" != file ] || ! make_file | cmp -s - "$path" || echo same=yes
printf 'me=%s\n' "$(id -u):$(id -g)"
audit
