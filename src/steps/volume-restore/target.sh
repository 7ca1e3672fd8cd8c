# shellcheck shell=sh
# shellcheck disable=SC2154
# The words about what is restored into: a volume, or a directory where `volume` is empty.
. ../shared/symlink-guard.sh
if [ -n "$volume" ]; then
. ./volume-target.sh
else
. ./directory-target.sh
fi
