# shellcheck shell=sh
# Creates the networks and restores the names of images. Prints what it does not restore: `lost=` containers, `taken=` names
# of another image by now, `moved=` networks whose addresses are taken, `cache=` where the build cache was emptied.
: "${keep?}" "${kept_image?}" "${networks?}" "${images?}"
set -eu
[ -e "$keep/begun" ] || exit 0
there() { docker "$1" inspect --format x "$2" > /dev/null 2>&1; }
docker info > /dev/null
for file in "$keep"/container-*.json; do
  [ -e "$file" ] || continue
  name=${file#"$keep"/container-} name=${name%.json}
  there container "$name" || printf 'lost=%s\n' "$name"
done
for net in $networks; do
  if there network "$net" || [ ! -e "$keep/network-$net" ]; then continue; fi
  xargs -0 docker network create < "$keep/network-$net" > /dev/null 2>&1 && continue
  # Without its addresses, which another network has taken meanwhile.
  grep -zv -e '^--subnet=' -e '^--gateway=' -e '^--ip-range=' "$keep/network-$net" | xargs -0 docker network create > /dev/null
  printf 'moved=%s\n' "$net"
done
index=0
printf '%s\n' "$images" | while read -r tag id; do
  [ -n "$tag" ] || continue
  index=$((index + 1))
  if there image "$kept_image:$index"; then
    if ! there image "$tag"; then docker tag "$kept_image:$index" "$tag"; fi
    case $(docker image inspect --format '{{.Id}}' "$tag") in
    sha256:"$id"*) docker rmi --no-prune "$kept_image:$index" > /dev/null ;;
    *) echo "taken=$tag" ;;
    esac
  fi
done
[ ! -e "$keep/cache" ] || echo cache=yes
