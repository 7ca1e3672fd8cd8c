# shellcheck shell=sh
: "${source?}" "${source_was?}"
make_file() {
  [ "$(identity "$source")" = "$source_was" ] || fail "$source was changed since it was inspected; nothing was written; inspect it again"
  cat < "$source"
}
. ../shared/written-file-apply.sh
