# shellcheck shell=sh
# Prints, for each of "$@", the `identity` of the path, and of its entry in the quarantine: `aside`.
: "${own_name?}"
. ../shared/rename.sh
for path; do
  where=${path%/*}/.reinstate-quarantine/$own_name/${path##*/}
  printf 'identity=%s\naside=%s\n' "$(identity_of "$path")" "$(identity_of "$where")"
done
