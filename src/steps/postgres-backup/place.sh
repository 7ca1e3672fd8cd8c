# shellcheck shell=sh
# Gives the recovered backup its name; never replaces what is there.
. ./staged.sh
set -eu
umask 077
if is_placed; then exit 0; fi
enter_parent
[ -e "$keep/recovered" ] && [ -d "$stage" ] || fail "what was taken is neither in $private_path nor at $to any more"
identity_of "$stage" > "$keep/identity.part"
sync -- "$keep/identity.part"
mv -f -- "$keep/identity.part" "$keep/identity"
sync -- "$keep"
place stage "${to##*/}" || fail "$to is there by now; the backup was not put there"
sync -- .
close_private
