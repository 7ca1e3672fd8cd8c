# shellcheck shell=sh
# Saves the state of the finished copy, and publishes it. Whatever is written there from now on changes a change time.
. ./fresh-target.sh
. ./fresh-state.sh
set -eu
umask 077
target
state > "$keep/complete.part"
sync -- "$keep/complete.part"
mv -f -- "$keep/complete.part" "$keep/complete"
sync -- "$keep"
publish
