# shellcheck shell=sh
# shellcheck disable=SC2154
# Everything that decides whether the tree can be restored. Sizes in bytes.
: "${from?}"
. ../shared/fresh-target.sh
. ../shared/writers.sh
set -e
info=$(docker info --format '{{.DockerRootDir}}|{{.SecurityOptions}}')
root=${info%%|*}
case $root in /?*) ;; *) fail "docker info does not say where the engine keeps its data; is it running?" ;; esac
printf 'security=%s\n' "${info#*|}"
place=$root/volumes
[ -n "$volume" ] || {
  printf 'targetSymlink=%s\n' "$(symlink_in "$path")"
  place=$parent
  if [ ! -d "$parent" ]; then echo parent=missing; place=/; fi
}
printf 'symlink=%s\nplace=%s\ndisk=%s\n' "$(symlink_in "$from")" "$place" "$(stat -c %d -- "$place")"
df -B1 --output=avail,iavail -- "$place" | { read -r _; read -r free inodes; case $inodes in *[!0-9]*) inodes=0 ;; esac; printf 'free=%s\nfreeInodes=%s\n' "$free" "$inodes"; }

already=0
if ! is_there; then
  echo target=absent
elif is_ours; then
  echo target=ours
  already=$(du -sB1 -- "$at") && already=${already%%[!0-9]*}
else
  echo target=foreign
fi
printf 'alreadyThere=%s\n' "$already"
for name in $(users); do printf 'usedBy=%s\n' "$name"; done

source=absent totals='files=0
entries=0
bytes=0
spaceNeeded=0'
[ ! -e "$from" ] || source=other
if [ -d "$from" ]; then
  source=directory
  # A group of hard links counts once; of a sparse file only its blocks, because the copy keeps its holes.
  totals=$(find "$from" -printf '%y %s %b %n %D:%i\n' | awk '
    { entries++ }
    $1 == "f" { files++; if ($4 > 1 && met[$5]++) next; bytes += $2; space += $3 * 512 }
    $1 != "f" { space += $3 * 512 }
    END { printf "files=%.0f\nentries=%.0f\nbytes=%.0f\nspaceNeeded=%.0f", files, entries, bytes, space }')
  # PostgreSQL and InnoDB remove these when they stop cleanly.
  find "$from" \( -name postmaster.pid -o -name ibtmp1 \) -printf 'postmaster=%p\n' -quit
  # Writable mounts at, above or below the source. A mount of / itself is ignored.
  docker ps -q | xargs -r docker inspect --format '{{$name := .Name}}{{$project := index .Config.Labels "com.docker.compose.project"}}{{range .Mounts}}{{if .RW}}{{$name}}|{{$project}}|{{.Source}}
{{end}}{{end}}' | while IFS='|' read -r name project mounted; do
    [ -n "$mounted" ] && [ "$mounted" != / ] || continue
    case $from/ in "$mounted"/*) printf 'mounted=%s|%s\n' "${name#/}" "$project"; continue ;; esac
    case $mounted/ in "$from"/*) printf 'mounted=%s|%s\n' "${name#/}" "$project" ;; esac
  done
  writer=$(writer_in "$from")
  [ -z "$writer" ] || printf 'writer=%s\n' "$writer"
fi
printf 'source=%s\n%s\n' "$source" "$totals"
