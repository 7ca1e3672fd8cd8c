# shellcheck shell=sh
# Prints what the run keeps, with sizes in bytes on the disk. The size of an image includes layers that it shares.
. ./kept-things.sh
set -u
bytes_of() { size=$(cd -P -- "$1" && du -sB1 .) && printf '%s' "${size%%[!0-9]*}"; }
[ ! -e "$root/runs/${run}_run.cleaned_clean_1_begin" ] || echo cleaned=yes
cd "$root/runs" 2> /dev/null || exit 0
find . -mindepth 1 -printf '%d %b %T@ %P\n' 2> /dev/null | RUN=$run awk '
  index($4, ENVIRON["RUN"] "_") != 1 || index($4, ENVIRON["RUN"] "_run.cleaned_") == 1 { next }
  { blocks += $2; if ($3 > changed) changed = $3 + 0 }
  $1 == 1 { count++ }
  END { if (count) printf "receipts=%.0f %d\nchanged=%.0f\n", blocks * 512, count, changed }'
[ ! -d "$originals" ] || printf 'originals=%s\n' "$(bytes_of "$originals")"
images=$(kept_images) || exit
for image in $images; do printf 'image=%s %s\n' "$(docker image inspect --format '{{.Size}}' "$image")" "$image"; done
volumes=$(left_volumes) || exit
for volume in $volumes; do
  at=$(docker volume inspect --format '{{.Mountpoint}}' "$volume") || exit
  printf 'volume=%s %s\n' "$(bytes_of "$at")" "$volume"
done
aside | while read -r identity path; do
  ! enter_aside "$identity" "$path" || printf 'directory=%s %s\n' "$(bytes_of "$entry")" "$path"
done
