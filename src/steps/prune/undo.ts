import type { HostView } from '../../host/host.ts'
import { lines, sh, type Script } from '../../shell/script.ts'
import { keptImage } from '../shared/kept-images.ts'

interface Pruned {
  readonly networks: readonly string[]
  readonly images: readonly string[]
}

/**
 * Makes networks again and gives images their names back. Prints what cannot be: `lost=` containers, `taken=` names that
 * lead to another image by now, `moved=` networks whose addresses are taken, `cache=` where the build cache was emptied.
 */
export function unprune({ networks, images }: Pruned, host: HostView): Script {
  return lines(
    sh`
set -eu
keep=${host.keepsakes} kept=${keptImage(host)}
[ -e "$keep/begun" ] || exit 0
there() { docker "$1" inspect --format x "$2" > /dev/null 2>&1; }
docker info > /dev/null
for file in "$keep"/container-*.json; do
  [ -e "$file" ] || continue
  name=\${file#"$keep"/container-} name=\${name%.json}
  there container "$name" || printf 'lost=%s\\n' "$name"
done
for net in ${networks}; do
  if there network "$net" || [ ! -e "$keep/network-$net" ]; then continue; fi
  xargs -0 docker network create < "$keep/network-$net" > /dev/null 2>&1 && continue
  # The same without its addresses, which another network has taken meanwhile.
  grep -zv -e '^--subnet=' -e '^--gateway=' -e '^--ip-range=' "$keep/network-$net" | xargs -0 docker network create > /dev/null
  printf 'moved=%s\\n' "$net"
done`,
    ...images.map((line, index) => {
      const [tag = '', id = ''] = line.split(' ')
      return sh`
if there image "$kept:"${index + 1}; then
  if ! there image ${tag}; then docker tag "$kept:"${index + 1} ${tag}; fi
  case $(docker image inspect --format '{{.Id}}' ${tag}) in
  sha256:${id}*) docker rmi --no-prune "$kept:"${index + 1} > /dev/null ;;
  *) echo ${`taken=${tag}`} ;;
  esac
fi`
    }),
    sh`[ ! -e "$keep/cache" ] || echo cache=yes`,
  )
}
