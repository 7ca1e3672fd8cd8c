# shellcheck shell=sh
: "${keep?}"
set -u
[ -e "$keep"/begun ] || exit 0
for path; do
  if [ -L "$path" ] || [ ! -d "$path" ]; then continue; fi
  rmdir -- "$path" 2>/dev/null || printf 'left=%s\n' "$path"
done
