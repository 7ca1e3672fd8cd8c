# shellcheck shell=sh
# Data that a removed container would take with it. `unnamed_volumes ID` prints its anonymous volumes that hold something,
# each with the container's name and the mount point. `changed_paths ID` prints the files that the container changed outside
# its mounts, and outside what each start creates anew, each after A, C or D; `wrote ID` succeeds where there are any.
# `keep_layer ID` keeps them as an image of $kept_image with the container's name as tag, unless an interrupted call has done
# so; it sets `name`.
unnamed_volumes() {
  docker inspect --type container --format '{{$name := .Name}}{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{$name}} {{.Destination}}
{{end}}{{end}}' "$1" | grep -E '^[0-9a-f]{64} ' | while read -r volume name target; do
    at=$(docker volume inspect --format '{{.Mountpoint}}' "$volume") || exit 2
    [ -z "$(find "$at" -mindepth 1 -print -quit)" ] || printf '%s %s %s\n' "$volume" "${name#/}" "$target"
  done
}
wrote() { written=$(changed_paths "$1") || exit 2; [ -n "$written" ]; }
changed_paths() {
  mounts=$(docker inspect --type container --format '{{range .Mounts}}{{.Destination}}
{{end}}' "$1") || exit 2
  changed=$(docker diff "$1") || exit 2
  printf '%s\n' "$changed" | MOUNTS=$mounts awk '
    BEGIN {
      n = split(ENVIRON["MOUNTS"] "\n/etc/hosts\n/etc/hostname\n/etc/resolv.conf\n/etc/mtab\n/.dockerenv\n/run\n/var/run\n/tmp\n/dev\n/proc\n/sys", list, "\n")
      for (i = 1; i <= n; i++) if (list[i] != "") { passed[list[i]] = 1; above(list[i]) }
    }
    function above(path) { while (sub(/\/[^\/]*$/, "", path) && path != "") holds[path] = 1 }
    { kind[NR] = $1; path[NR] = substr($0, 3); above(path[NR]) }
    function is_passed(p) { for (;;) { if (p in passed) return 1; if (!sub(/\/[^\/]*$/, "", p) || p == "") return 0 } }
    END {
      for (i = 1; i <= NR; i++) {
        if (path[i] == "" || is_passed(path[i]) || (kind[i] != "D" && path[i] in holds)) continue
        print kind[i], path[i]
      }
    }'
}
keep_layer() {
  name=$(docker inspect --type container --format '{{.Name}}' "$1") || exit 2
  name=${name#/}
  # shellcheck disable=SC2154
  if wrote "$1" && ! docker image inspect "$kept_image:$name" > /dev/null 2>&1; then
    docker commit -c "LABEL reinstate.owner=$owner" "$1" "$kept_image:$name" > /dev/null || exit 2
  fi
}
