# shellcheck shell=sh
# Makes the target with the owner label of this step; an existing one must be this step's own. What was saved about a
# target that is gone is removed first.
. ./fresh-target.sh
set -eu
umask 077
mkdir -p -- "$keep"
if ! is_there; then
  rm -f -- "$keep/copying" "$keep/complete"
  make
fi
target
unused
take_back
