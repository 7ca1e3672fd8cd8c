# shellcheck shell=sh
# References to a path. `lies_in A B` succeeds where A is B or lies in it. `mounts_in PATH` prints mounts at or in it, and
# mounts elsewhere of something in it. `binds_in PATH` prints `name|running|project|source` for each container that
# bind-mounts PATH or something in it; running is true, false, or held: running with restart disabled. `binds_above PATH`
# prints containers that mount a parent of it, / excepted. Both sort, because the engine lists mounts in any order, and
# fail where an installed engine does not answer.
. ./symlink-guard.sh
lies_in() { case $1/ in "$2"/*) return 0 ;; *) return 1 ;; esac; }
# The kernel writes a space in a name as \040.
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
  error=$(mktemp) || exit 3
  for try in 1 2 3; do
    binds=$(
      # Into a file: two writers of one pipe may interleave their lines.
      {
        volumes=$(docker volume ls -q) &&
          printf %s "$volumes" | xargs -r docker volume inspect --format '{{with .Options}}{{with index . "device"}}{{$.Name}} (a volume)|false||{{.}}{{end}}{{end}}' > "$error.volumes"
      } & side=$!
      ids=$(docker ps -aq --no-trunc) &&
        printf %s "$ids" | xargs -r docker inspect --format '{{$c := .}}{{$p := or .HostConfig.RestartPolicy.Name "no"}}{{range .Mounts}}{{if eq .Type "bind"}}{{$c.Name}}|{{if not $c.State.Running}}false{{else if eq $p "no"}}held{{else}}true{{end}}|{{index $c.Config.Labels "com.docker.compose.project"}}|{{.Source}}
{{end}}{{end}}' && wait $side && cat "$error.volumes"
    ) 2> "$error" && break
    # A container that is removed between the commands makes inspect fail: list again.
    [ $try -lt 3 ] || fail "the Docker engine does not list the containers that use $1: $(cat "$error")"
  done
  rm -f -- "$error" "$error.volumes"
  printf '%s\n' "$binds"
}
binds_in() {
  all=$(container_binds "$1") || exit 3
  printf '%s\n' "$all" | while IFS='|' read -r name running project source; do
    case $source in /*) ;; *) continue ;; esac
    if lies_in "$source" "$1" || lies_in "$(readlink -m -- "$source")" "$1"; then printf '%s|%s|%s|%s\n' "${name#/}" "$running" "$project" "$source"; fi
  done | sort -u
}
binds_above() {
  all=$(container_binds "$1") || exit 3
  printf '%s\n' "$all" | while IFS='|' read -r name running project source; do
    case $source in /?*) ;; *) continue ;; esac
    if [ "$source" != "$1" ] && lies_in "$1" "$source"; then printf '%s|%s|%s|%s\n' "${name#/}" "$running" "$project" "$source"; fi
  done | sort -u
}
