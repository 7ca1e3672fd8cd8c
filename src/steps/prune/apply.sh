# shellcheck shell=sh
# Keeps first, then takes away, one by one; a later call goes on where an earlier one ended. `images` has `name id` to a
# line.
: "${keep?}" "${kept?}" "${owner?}" "${containers?}" "${networks?}" "${images?}" "${build_cache?}"
set -eu
umask 077
mkdir -p -- "$keep"
: > "$keep/begun"
sync -- "$keep"
# A word of `docker network create` to each line; the addresses stand in front, three words to each.
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
# Whether it is there. An engine that does not answer is no answer.
there() {
  said=$(docker "$1" inspect --format '{{json .}}' "$2" 2>&1) && return
  case $said in *[Nn]"o such "* | *" not found"*) return 1 ;; *) printf '%s\n' "$said" >&2; exit 2 ;; esac
}
for id in $containers; do
  there container "$id" || continue
  name=$(docker container inspect --format '{{.Name}}' "$id")
  name=${name#/}
  [ "$(docker container inspect --format '{{.State.Running}}' "$id")" = false ] || { echo "container $name runs by now; it was left" >&2; exit 1; }
  printf '[%s]\n' "$said" | put "container-$name.json"
  there image "$kept:$name" || docker commit -c "LABEL reinstate.owner=$owner" "$id" "$kept:$name" > /dev/null
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
      docker tag "$tag" "$kept:$index"
      docker rmi --no-prune "$tag" > /dev/null
      ;;
    *) echo "image $tag is another by now; it was left" >&2; exit 1 ;;
    esac
  fi
done
[ "$build_cache" != yes ] || { : > "$keep/cache"; docker builder prune -af > /dev/null; }
