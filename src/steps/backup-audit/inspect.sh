# shellcheck shell=sh
# `optional`: the manifest if it may be missing.
: "${from?}" "${manifest?}" "${optional?}" "${image?}"
. ../shared/symlink-guard.sh
. ../shared/postgres-major.sh
set -- "$from"
[ -z "$manifest" ] || set -- "$from" "$manifest"
for path; do
  printf 'symlink=%s\n' "$(symlink_in "$path")"
  [ -e "$path" ] || [ "$path" = "$optional" ] || printf 'missing=%s\n' "$path"
done
[ ! -e "$from" ] || [ -d "$from" ] || echo notDirectory=yes
if [ -d "$from" ]; then
  find "$from" -type f -printf '%s %T@\n' | awk '
    { bytes += $1; if ($2 > newest) newest = $2 }
    END { printf "bytes=%.0f\nnewest=%.0f\n", bytes, int(newest) }'
fi
[ -n "$image" ] || exit 0
# An engine that does not answer must not be taken for a missing image.
docker info > /dev/null || exit
major=$(major_of "$image") || { printf 'missingImage=%s\n' "$image"; exit 0; }
printf 'imageMajor=%s\n' "$major"
[ ! -f "$from/PG_VERSION" ] || printf 'version=%s\n' "$(head -n 1 "$from/PG_VERSION")"
