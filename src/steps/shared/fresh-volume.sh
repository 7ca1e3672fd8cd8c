# shellcheck shell=sh
# shellcheck disable=SC2034
# A volume that the step makes, known by its owner label.
: "${volume?}" "${owner?}" "${keep?}"
. ./symlink-guard.sh
called="volume $volume"
is_there() {
  said=$(docker volume inspect --format '{{.Driver}}|{{len .Options}}|{{index .Labels "reinstate.owner"}}|{{.Mountpoint}}' "$volume" 2>&1) || {
    case $said in *[Nn]"o such volume"*) return 1 ;; *) printf '%s\n' "$said" >&2; exit 2 ;; esac
  }
  driver=${said%%|*} rest=${said#*|}
  option_count=${rest%%|*} rest=${rest#*|}
  owner_found=${rest%%|*} at=${rest#*|}
}
is_ours() { [ "$owner_found" = "$owner" ] && [ "$driver" = local ] && [ "$option_count" = 0 ]; }
users() { docker ps -a --filter "volume=$volume" --format '{{.Names}}'; }
# Creating is no claim: Docker says yes to a name that is taken. The owner label decides.
make() { docker volume create --driver local --label "reinstate.owner=$owner" "$volume" > /dev/null; }
target() {
  is_there || fail "$called is not there"
  [ "$owner_found" = "$owner" ] || fail "$called was not made by this step; nothing in it was touched"
  root=$(docker info --format '{{.DockerRootDir}}')
  case $root in /?*) ;; *) fail "the engine does not say where its data is" ;; esac
  [ "$at" = "$root/volumes/$volume/_data" ] || fail "$called has its data at '$at', not where the engine keeps volumes ($root/volumes)"
  if [ ! -d "$at" ] || [ -L "$at" ]; then fail "$at is not a directory"; fi
}
remove() { docker volume rm "$volume"; }
forget() { :; }
# Only this user can enter the engine's directory of volumes.
is_published() { :; }
publish() { :; }
take_back() { :; }
