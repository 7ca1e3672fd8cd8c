# shellcheck shell=sh
# shellcheck disable=SC2034
# The backup while it is made, in a directory that only this user can enter: $stage, after `enter_parent`. The identity that
# it has there and keeps by the rename is recorded in $keep/identity: `is_placed` succeeds if that directory is at `to`.
: "${to?}"
. ../shared/private-directory.sh
. ../shared/rename.sh
stage=$private/stage
enter_parent() { enter "${to%/*}" || fail "the directory of $to is missing, or reached by a symbolic link; nothing was written"; open_private; }
is_placed() { [ -s "$keep/identity" ] && [ "$(identity_of "$to")" = "$(cat "$keep/identity")" ]; }
