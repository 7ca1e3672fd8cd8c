# shellcheck shell=sh
# Reads a project from its Compose files. Prints `absent=` for each file that does not exist; else `root=` of the engine, and
# `config=` with JSON, or `wrong=`; `unset=` for a variable without a value, `lacksImage=` for an image that the host lacks;
# `imageVolume=IMAGE|PATH` for a volume that an image declares.
# files: one on each line. project: empty for the name that Compose gives it.
: "${files?}" "${project?}"
set -u
whole=yes
set -f
IFS='
'
set -- docker compose --ansi never
for file in $files; do
  [ -f "$file" ] || {
    printf 'absent=%s\n' "$file"
    whole=
  }
  set -- "$@" -f "$file"
done
unset IFS
set +f
[ -z "$project" ] || set -- "$@" -p "$project"
[ -n "$whole" ] || exit 0
printf 'root=%s\n' "$(docker info --format '{{.DockerRootDir}}')"
if config=$("$@" config --format json 2> /dev/null); then
  printf 'config=%s\n' "$(printf %s "$config" | tr -d '\n')"
  "$@" config --quiet 2>&1 | sed -n 's/.*The [\]*"\([A-Za-z0-9_]*\)[\]*" variable is not set.*/unset=\1/p' | sort -u
  "$@" config --images 2> /dev/null | sort -u | while IFS= read -r image; do
    volumes=$(docker image inspect --format '{{range $path, $_ := .Config.Volumes}}{{println $path}}{{end}}' "$image" 2> /dev/null) || printf 'lacksImage=%s\n' "$image"
    printf '%s\n' "$volumes" | while IFS= read -r path; do [ -z "$path" ] || printf 'imageVolume=%s|%s\n' "$image" "$path"; done
  done
else
  # Text near a mistake in an .env may be a password.
  printf 'wrong=%s\n' "$("$@" config --quiet 2>&1 | tail -n 1 | sed 's/ near .*//' | cut -c 1-200)"
fi
exit 0
