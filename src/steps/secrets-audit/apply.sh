# shellcheck shell=sh
. ./merge.sh
make_file() { merged; }
. ../shared/private-write.sh
