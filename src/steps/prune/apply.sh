# shellcheck shell=sh
# Saves and then deletes, one by one; a later call continues where an earlier one ended. `images` holds `name id` per line.
: "${keep?}" "${kept_image?}" "${owner?}" "${containers?}" "${networks?}" "${images?}" "${build_cache?}"
set -eu
umask 077
mkdir -p -- "$keep"
: > "$keep/begun"
sync -- "$keep"
# An argument of `docker network create` per line; addresses come first, three arguments each.
create_words='{{range .IPAM.Config}}{{with .Subnet}}--subnet={{.}}
{{end}}{{with .Gateway}}--gateway={{.}}
{{end}}{{with .IPRange}}--ip-range={{.}}
{{end}}{{end}}--driver={{.Driver}}
{{if .Internal}}--internal
{{end}}{{if .Attachable}}--attachable
{{end}}{{if .EnableIPv6}}--ipv6
{{end}}{{range $key, $value := .Options}}--opt={{$key}}={{$value}}
{{end}}{{range $key, $value := .Labels}}--label={{$key}}={{$value}}
{{end}}{{.Name}}'
put() { cat > "$keep/$1.part"; sync -- "$keep/$1.part"; mv -f -- "$keep/$1.part" "$keep/$1"; sync -- "$keep"; }
# Succeeds where the object exists. Fails the script where the engine does not answer.
there() {
  shown=$(docker "$1" inspect --format '{{json .}}' "$2" 2>&1) && return
  case $shown in *[Nn]"o such "* | *" not found"*) return 1 ;; *) printf '%s\n' "$shown" >&2; exit 2 ;; esac
}
for id in $containers; do
  there container "$id" || continue
  name=$(docker container inspect --format '{{.Name}}' "$id")
  name=${name#/}
  [ "$(docker container inspect --format '{{.State.Running}}' "$id")" = false ] || { echo "container $name runs by now; it was not removed" >&2; exit 1; }
  printf '[%s]\n' "$shown" | put "container-$name.json"
  there image "$kept_image:$name" || docker commit -c "LABEL reinstate.owner=$owner" "$id" "$kept_image:$name" > /dev/null
  docker rm "$id" > /dev/null
done
for net in $networks; do
  there network "$net" || continue
  docker network inspect --format "$create_words" "$net" | grep . | tr '\n' '\0' | put "network-$net"
  # Docker refuses while anything is connected to it.
  docker network rm "$net" > /dev/null
done
index=0
printf '%s\n' "$images" | while read -r tag id; do
  [ -n "$tag" ] || continue
  index=$((index + 1))
  if there image "$tag"; then
    case $(docker image inspect --format '{{.Id}}' "$tag") in
    sha256:"$id"*)
      docker tag "$tag" "$kept_image:$index"
      docker rmi --no-prune "$tag" > /dev/null
      ;;
    *) echo "image $tag is another image by now; its name was not removed" >&2; exit 1 ;;
    esac
  fi
done
[ "$build_cache" != yes ] || { : > "$keep/cache"; docker builder prune -af > /dev/null; }
