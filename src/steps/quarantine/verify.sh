# shellcheck shell=sh
# Prints, to each of "$@", the `identity` of what is there, and of what is set `aside` of it.
: "${own_name?}"
. ../shared/rename.sh
for path; do
  where=${path%/*}/.reinstate-quarantine/$own_name/${path##*/}
  printf 'identity=%s\naside=%s\n' "$(identity_of "$path")" "$(identity_of "$where")"
done
