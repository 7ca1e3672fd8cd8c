# shellcheck shell=sh
# Creates the containers from the same configuration, by the file or, where the file has changed, by the saved copy, and
# starts those that ran. Fails before it starts anything where neither gives the same configuration. Prints what differs
# from before. `services` holds `service count` per line.
: "${keep?}" "${services?}" "${rows?}" "${kept_image?}"
[ -e "$keep/begun" ] || exit 0
. ../shared/start-containers.sh
. ../shared/stopped-here.sh
end_making
# Others took the project down before this step did.
if knows_made && [ ! -s "$keep/made" ]; then rm -f -- "$keep/begun"; exit 0; fi
. ../shared/compose.sh
first=${files%%
*}
by_file() { compose "$@"; }
by_copy() {
  kept_env=$(find "$keep/project" -maxdepth 1 -name 'env-*' | sort -V)
  index=0
  kept=$(printf '%s\n' "$files" | while IFS= read -r _; do echo "$keep/project/file-$index"; index=$((index + 1)); done)
  (files=$kept && env_files=${kept_env:-/dev/null} && compose "$@")
}
# Succeeds where each service that had a container gets the same configuration.
is_same() {
  now=$("$1" config 2> /dev/null | hashes 2> /dev/null) || return 1
  while read -r line; do printf '%s\n' "$now" | grep -qxF -e "$line" || return 1; done < "$keep/project/hashes"
}
if is_same by_file; then how=by_file
elif is_same by_copy; then how=by_copy
else fail "project $project would come back with another configuration than it had, both from $first and from the saved copy in $keep/project; nothing was started"
fi
while read -r volume; do
  docker volume inspect "$volume" > /dev/null 2>&1 || fail "volume $volume, which project $project had, is gone; nothing was started"
done < "$keep/project/volumes"
IFS='
'
set --
for line in $services; do set -- "$@" --scale "${line% *}=${line#* }"; done
for line in $services; do set -- "$@" "${line% *}"; done
unset IFS
[ $# -eq 0 ] || $how up --no-start --no-recreate --no-build --pull never "$@" > /dev/null
# An earlier step that made what this one removed finds it by its new identity.
while read -r what id name; do
  now=$(docker "$what" inspect --format '{{.Id}}' "${name#/}" 2> /dev/null) || continue
  [ "$now" = "$id" ] || recreated "$what" "$id" "$now"
done < "$keep/project/identities"
# shellcheck disable=SC2086
printf '%s\n' "$rows" | while read -r row; do start_row $row; done
sed 's/^/unnamed=/' "$keep/project/unnamed"
docker image ls --filter "reference=$kept_image:*" --format 'image={{.Repository}}:{{.Tag}}'
rm -f -- "$keep/begun"
