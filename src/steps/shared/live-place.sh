# shellcheck shell=sh
# shellcheck disable=SC2034
# `live_place` sets `live` to the directory of the volume or the path that serves now; fails where there is none. A volume that
# binds a directory is that directory: its own is empty while no container uses it.
: "${live_volume?}" "${live_path?}"
live_place() {
  live=$live_path
  if [ -n "$live_volume" ]; then
    live=$(docker volume inspect --format '{{$device := ""}}{{with .Options}}{{$o := .}}{{range split (index . "o") ","}}{{if or (eq . "bind") (eq . "rbind")}}{{$device = index $o "device"}}{{end}}{{end}}{{end}}{{or $device .Mountpoint}}' "$live_volume" 2> /dev/null) || live=
  fi
  [ -n "$live" ] && [ -d "$live" ]
}
