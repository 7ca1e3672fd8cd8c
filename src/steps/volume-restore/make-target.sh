# shellcheck shell=sh
# Makes the target with the owner label of this step; one that is there must be this step's own. What a lost one kept goes
# first.
. ./target.sh
set -eu
umask 077
mkdir -p -- "$keep"
if ! is_there; then
  rm -f -- "$keep/copying" "$keep/complete"
  make
fi
target
unused
