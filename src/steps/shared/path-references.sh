# shellcheck shell=sh
# Finds what counts on a path. `lies_in A B` says whether A is B or lies in it. `mounts_in PATH` prints what is mounted at
# or in it, and where something of it is mounted. `binds_in PATH` prints `name|running|source` for each container that
# bind-mounts PATH or something in it, where running is true, false, or held: it runs, and would not be started again by
# itself; `binds_above PATH` does so for those that mount what holds it, / aside. Both are sorted, for the engine tells
# mounts in any order, and fail where an engine is installed and does not answer: nobody could know.
. ./symlink-guard.sh
lies_in() { case $1/ in "$2"/*) return 0 ;; *) return 1 ;; esac; }
# The kernel writes a blank in a name as \040.
kernel_name() { printf '%s' "$1" | sed 's/ /\\040/g'; }
mounts_in() {
  mount=$(stat -c %m -- "$1") || exit 3
  at=$(kernel_name "$1") mount=$(kernel_name "$mount") awk '
    function lies_in(path, place) { return path == place || index(path, place "/") == 1 }
    { point[NR] = $5; root[NR] = $4; device[NR] = $3; if ($5 == ENVIRON["mount"]) holder = NR }
    END {
      place = substr(ENVIRON["at"], ENVIRON["mount"] == "/" ? 1 : length(ENVIRON["mount"]) + 1)
      place = (root[holder] == "/" ? "" : root[holder]) place
      for (i = 1; i <= NR; i++) {
        if (lies_in(point[i], ENVIRON["at"])) print "something is mounted at " point[i]
        else if (device[i] == device[holder] && lies_in(root[i], place)) print "it is mounted at " point[i]
      }
    }' /proc/self/mountinfo
}
container_binds() {
  command -v docker > /dev/null || return 0
  said=$(mktemp) || exit 3
  for try in 1 2 3; do
    binds=$(
      # Into a file: two that write to one pipe may mix their lines.
      {
        volumes=$(docker volume ls -q) &&
          printf %s "$volumes" | xargs -r docker volume inspect --format '{{with .Options}}{{with index . "device"}}{{$.Name}} (a volume)|false|{{.}}{{end}}{{end}}' > "$said.volumes"
      } & side=$!
      ids=$(docker ps -aq --no-trunc) &&
        printf %s "$ids" | xargs -r docker inspect --format '{{$c := .}}{{$p := or .HostConfig.RestartPolicy.Name "no"}}{{range .Mounts}}{{if eq .Type "bind"}}{{$c.Name}}|{{if not $c.State.Running}}false{{else if eq $p "no"}}held{{else}}true{{end}}|{{.Source}}
{{end}}{{end}}' && wait $side && cat "$said.volumes"
    ) 2> "$said" && break
    # A container that goes between the commands makes a gap, and a gap is no answer.
    [ $try -lt 3 ] || fail "the Docker engine does not tell which containers use $1: $(cat "$said")"
  done
  rm -f -- "$said" "$said.volumes"
  printf '%s\n' "$binds"
}
binds_in() {
  all=$(container_binds "$1") || exit 3
  printf '%s\n' "$all" | while IFS='|' read -r name running source; do
    case $source in /*) ;; *) continue ;; esac
    if lies_in "$source" "$1" || lies_in "$(readlink -m -- "$source")" "$1"; then printf '%s|%s|%s\n' "${name#/}" "$running" "$source"; fi
  done | sort -u
}
binds_above() {
  all=$(container_binds "$1") || exit 3
  printf '%s\n' "$all" | while IFS='|' read -r name running source; do
    case $source in /?*) ;; *) continue ;; esac
    if [ "$source" != "$1" ] && lies_in "$1" "$source"; then printf '%s|%s|%s\n' "${name#/}" "$running" "$source"; fi
  done | sort -u
}
