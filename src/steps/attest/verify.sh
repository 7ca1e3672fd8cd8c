# shellcheck shell=sh
: "${artefact?}"
[ -f "$artefact" ] || { echo missing=yes; exit 0; }
sum=$(sha256sum < "$artefact") || exit 3
printf 'sha256=%s\n' "${sum%% *}"
