# shellcheck shell=sh
# shellcheck disable=SC2154
# `live_rows FILE` counts the rows of the server that serves now, a service of a Compose project, and compares them with those of
# the backup: lines DATABASE<tab>TABLE<tab>ROWS in the file. It prints `liveRows=` of all tables, `liveLacks=NUMBER|TABLE` for the
# five of which the backup lacks the most rows, `liveLacking=` and `liveUncounted=` tables; or `noLive=REASON`. Nothing fails.
# live_inside, run in the server's container with live_sql, prints such lines, and before them each with an empty number.
: "${live_project?}" "${live_service?}" "${live_inside?}" "${live_sql?}" "${lacks?}"
live_rows() {
  [ -n "$live_service" ] || return 0
  echo 'progress=counts the rows of the live server'
  live_container=$(docker ps -q --filter "label=com.docker.compose.project=$live_project" --filter "label=com.docker.compose.service=$live_service" \
    --filter label=com.docker.compose.oneoff=False)
  case $live_container in
  '') echo 'noLive=it does not run'; return 0 ;;
  *[!0-9a-f]*) echo 'noLive=it runs more than once'; return 0 ;;
  esac
  printf '%s\n' "$live_sql" | timeout 300 docker exec -i "$live_container" sh -c "$live_inside" > "$work/live" 2> "$work/live.err" ||
    { printf 'noLive=%s\n' "$(why "$work/live.err")"; return 0; }
  awk "$lacks" "$1" "$work/live" > "$work/lacks"
  grep -v '^lacks=' "$work/lacks"
  sed -n 's/^lacks=//p' "$work/lacks" | sort -t '|' -k 1,1rn | head -n 5 | sed 's/^/liveLacks=/'
}
