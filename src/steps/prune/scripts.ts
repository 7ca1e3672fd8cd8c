import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { keptImage } from '../shared/kept-images.ts'

interface Pruning {
  readonly containers: readonly string[]
  readonly networks: readonly string[]
  /** `name id`. */
  readonly images: readonly string[]
  readonly buildCache: boolean
}

/** Keeps first, then takes away, one by one; a later call goes on where an earlier one ended. */
export function pruneChosen({ containers, networks, images, buildCache }: Pruning, host: HostView): Script {
  const kept = keptImage(host)
  return lines(
    sh`
set -eu
umask 077
keep=${host.keepsakes} kept=${kept}
mkdir -p -- "$keep"
: > "$keep/begun"
sync -- "$keep"
put() { cat > "$keep/$1.part"; sync -- "$keep/$1.part"; mv -f -- "$keep/$1.part" "$keep/$1"; sync -- "$keep"; }
# Whether it is there. An engine that does not answer is no answer.
there() {
  said=$(docker "$1" inspect --format '{{json .}}' "$2" 2>&1) && return
  case $said in *[Nn]"o such "* | *" not found"*) return 1 ;; *) printf '%s\\n' "$said" >&2; exit 2 ;; esac
}
for id in ${containers}; do
  there container "$id" || continue
  name=$(docker container inspect --format '{{.Name}}' "$id")
  name=\${name#/}
  [ "$(docker container inspect --format '{{.State.Running}}' "$id")" = false ] || { echo "container $name runs by now; it was left" >&2; exit 1; }
  printf '[%s]\\n' "$said" | put "container-$name.json"
  there image "$kept:$name" || docker commit -c ${`LABEL reinstate.mark=${host.mark}`} "$id" "$kept:$name" > /dev/null
  docker rm "$id" > /dev/null
done
for net in ${networks}; do
  there network "$net" || continue
  docker network inspect --format ${createWords} "$net" | grep . | tr '\\n' '\\0' | put "network-$net"
  # Docker refuses while anything is connected to it.
  docker network rm "$net" > /dev/null
done`,
    ...images.map((line, index) => {
      const [tag = '', id = ''] = line.split(' ')
      return sh`
if there image ${tag}; then
  case $(docker image inspect --format '{{.Id}}' ${tag}) in
  sha256:${id}*)
    docker tag ${tag} "$kept:"${index + 1}
    docker rmi --no-prune ${tag} > /dev/null
    ;;
  *) echo ${`image ${tag} is another by now; it was left`} >&2; exit 1 ;;
  esac
fi`
    }),
    ...(buildCache ? [sh`: > "$keep/cache"; docker builder prune -af > /dev/null`] : []),
  )
}

/** A word of \`docker network create\` to each line; the addresses stand in front, three words to each. */
const createWords =
  '{{range .IPAM.Config}}{{with .Subnet}}--subnet={{.}}\n{{end}}{{with .Gateway}}--gateway={{.}}\n{{end}}' +
  '{{with .IPRange}}--ip-range={{.}}\n{{end}}{{end}}--driver={{.Driver}}\n{{if .Internal}}--internal\n{{end}}' +
  '{{if .Attachable}}--attachable\n{{end}}{{if .EnableIPv6}}--ipv6\n{{end}}' +
  '{{range $key, $value := .Options}}--opt={{$key}}={{$value}}\n{{end}}' +
  '{{range $key, $value := .Labels}}--label={{$key}}={{$value}}\n{{end}}{{.Name}}'
