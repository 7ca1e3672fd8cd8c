# shellcheck shell=sh
. ../shared/written-file-state.sh
if [ "$kind" = file ]; then
  sum=$(sha256sum < "$path") || exit 2
  printf 'sha256=%s\nsizeBytes=%s\n' "${sum%% *}" "$(stat -c %s -- "$path")"
fi
