# shellcheck shell=sh
# Removes what is unfinished. A backup that has its name stays: prints `kept=yes`.
: "${scratch?}"
. ../shared/scratch-forget.sh
. ./staged.sh
set -eu
scratch_forget "label=$scratch"
[ -d "$keep" ] || exit 0
if is_placed; then echo kept=yes; exit 0; fi
rm -rf --one-file-system -- "$keep/stage"
if enter "${to%/*}" && find_private; then
  rm -rf --one-file-system -- "$stage"
  close_private
fi
rm -f -- "$keep/taken" "$keep/recovered" "$keep/identity"
