# shellcheck shell=sh
# Prints everything that a step needs about a project, and about what can collide with it. "$@" repeats its files.
. ./symlink-guard.sh
. ./compose.sh
set -u
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"' EXIT
# In parallel: visitors may be waiting for the step.
docker compose version --short > "$work/version" 2> /dev/null &
docker network ls --format 'network={{.Name}}|{{.Label "com.docker.compose.project"}}' > "$work/networks" 2> /dev/null & networks=$!
docker volume ls --format 'volume={{.Name}}|{{.Mountpoint}}' > "$work/volumes" 2> /dev/null & volumes=$!
(
. ./containers.sh
) > "$work/containers" & containers=$!
# Into a variable: it holds what the plan has as secrets.
config=$(compose config --format json 2> "$work/error") && works=yes || works=no
wait $containers || exit
wait $networks && wait $volumes || exit 3
wait
cat "$work/containers"
version=$(cat "$work/version")
for table in tcp tcp6 udp udp6; do
  [ ! -r /proc/net/$table ] || awk -v t=$table '$4 == "0A" || (t ~ /^udp/ && $4 == "07") { print "listen=" t, $2, $10 }' /proc/net/$table
done
printf 'compose=%s\n' "$version"
for file; do
  printf 'symlink=%s\n' "$(symlink_in "$file")"
  [ -f "$file" ] || { printf 'absent=%s\n' "$file"; version=; }
done
[ -n "$version" ] || exit 0
[ "$works" = yes ] || { printf 'wrong=%s\n' "$(tail -n 1 "$work/error")"; exit 0; }
printf 'config=%s\n' "$(printf %s "$config" | tr -d '\n')"
printf %s "$config" | sed -n 's/^ *"\(source\|device\)": "\(\/[^"]*\)",\{0,1\}$/\2/p' | sort -u | while IFS= read -r source; do
  [ -e "$source" ] || printf 'absentMount=%s\n' "$source"
done
{
  printf %s "$config" | hashes 2> /dev/null | sed 's/^/hash=/'
  printf %s "$config" | joined_hashes 2> /dev/null | sed 's/^/joinedHash=/'
} > "$work/hashes" &
# A service that is built may name no image: then Compose knows the name.
case $config in
*'"build":'*) images=$(compose config --images 2> /dev/null | sort -u) ;;
*) images=$(printf '%s\n' "$config" | sed -n 's/^      "image": "\([^"]*\)",\{0,1\}$/\1/p' | sort -u) ;;
esac
for image in $images; do
  docker image inspect "$image" > /dev/null 2>&1 || printf 'missingImage=%s\n' "$image"
done
wait
cat "$work/hashes"
cut -d '|' -f 1 "$work/networks"
awk -F '|' -v project="$project" '$2 == project { sub(/^network/, "projectNetwork", $1); print $1 }' "$work/networks"
cat "$work/volumes"
exit 0
