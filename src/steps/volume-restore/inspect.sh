# shellcheck shell=sh
# shellcheck disable=SC2154
# Everything that decides whether the tree can be restored. Sizes in bytes.
: "${from?}"
. ../shared/fresh-inspect.sh
. ../shared/writers.sh
printf 'symlink=%s\n' "$(symlink_in "$from")"
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
