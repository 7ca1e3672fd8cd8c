# shellcheck shell=sh
# shellcheck disable=SC2154
# `selected OPTION…` runs tar for what the archive, on standard input, has in the directory `inside`, as if the directory were
# the top of the archive; "." is all of it. `lead` is what the names in the archive begin with.
selected() {
  if [ "$inside" = . ]; then tar "$@" -f -
  else
    # Links keep their text; hard links name members.
    tar "$@" --transform "s,^\(\./\)*$(printf %s "$inside" | sed 's/[][\.*^$,]/\\&/g')/*,./,S" -f - -- "$lead$inside"
  fi
}
