# shellcheck shell=sh
# shellcheck disable=SC2154
. ./merge.sh
make_file() { own=$keep/old merged; }
. ../shared/written-file-apply.sh
