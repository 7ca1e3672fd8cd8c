# shellcheck shell=sh
. ./merge.sh
# Why `merged` fails is what `audit` says in more words.
make_file() { merged 2> /dev/null; }
. ../shared/private-state.sh
printf 'me=%s\n' "$(id -u):$(id -g)"
audit
