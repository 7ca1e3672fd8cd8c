# shellcheck shell=sh
# Reads a project as its containers were started. Prints `config=` with JSON and a `hash=` or `joinedHash=` per service, or
# `wrong=`. Where the containers have another configuration, it looks for the env files that give theirs: `envFile=` for each.
# Where none does, `differs=service NAME VARIABLES` names a variable of a container that has another value now, and the
# variables of the Compose file in it. No value is printed. "$@" repeats the files: `absent=` for each that does not exist.
. ../steps/shared/compose.sh
set -u
started=$(docker ps -a --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.oneoff=False --format '{{.Label "com.docker.compose.service"}} {{.Label "com.docker.compose.config-hash"}}' | sort -u)
# Sets `config` and `all_hashes`; fails where the files cannot be read.
read_project() {
  config=$(compose config --format json 2> /dev/null) || return 1
  all_hashes=$(
    printf %s "$config" | hashes 2> /dev/null | sed 's/^/hash=/'
    printf %s "$config" | joined_hashes 2> /dev/null | sed 's/^/joinedHash=/'
  )
}
# Services whose containers have another configuration; those that the file lacks have none.
others() {
  printf '%s\n' "$started" | while read -r service hash; do
    printf '%s\n' "$all_hashes" | cut -d ' ' -f 1 | grep -qxF -e "hash=$service" || continue
    printf '%s\n' "$all_hashes" | grep -qxF -e "hash=$service $hash" -e "joinedHash=$service $hash" || printf '%s\n' "$service"
  done
}
# Sets `env_files` to others than the project's own .env: that of the directory in which Compose was called, or one of another
# name.
find_env_files() {
  own=$directory/.env
  [ -f "$own" ] || own=
  for file in "${directory%/*}/.env" "$directory"/*/.env "$directory"/.env.* "$directory"/*.env; do
    case $file in *example* | *sample* | *template*) continue ;; esac
    [ -f "$file" ] || continue
    env_files=$file
    case $file in */.env) [ -z "$own" ] || env_files=$(printf '%s\n' "$own" "$file") ;; esac
    if read_project && [ -z "$(others)" ]; then return 0; fi
  done
  env_files=
  return 1
}
# Prints `service "NAME=VALUE"` with the value in JSON, from a configuration as JSON.
variables_in() {
  awk '
    /^    "[^"]+": \{$/ { service = $1; gsub(/^"|":$/, "", service) }
    /^      "environment": [{[]$/ { inside = 1; next }
    /^      []}]/ { inside = 0 }
    inside {
      sub(/^ */, ""); sub(/,$/, "")
      if (!sub(/": "/, "=")) if (/: null$/) next
      gsub(/\$\$/, "$"); gsub(/\\u003c/, "<"); gsub(/\\u003e/, ">"); gsub(/\\u0026/, "\\&")
      print service, $0
    }'
}
# Values only pass through pipes.
differences() {
  changed=$(others)
  [ -n "$changed" ] || return 0
  {
    echo '# started'
    docker ps -aq --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.oneoff=False |
      xargs -r docker inspect --format '{{$s := index .Config.Labels "com.docker.compose.service"}}{{range .Config.Env}}{{$s}} {{json .}}{{println}}{{end}}'
    echo '# now'
    printf '%s\n' "$config" | variables_in
    echo '# written'
    compose config --no-interpolate --format json 2> /dev/null | variables_in
  } | awk -v changed=" $(printf %s "$changed" | tr '\n' ' ') " '
    $1 == "#" { part = $2; next }
    index(changed, " " $1 " ") == 0 { next }
    { value = substr($0, length($1) + 2); name = value; sub(/^"/, "", name); sub(/=.*/, "", name); sub(/"$/, "", name); name = $1 " " name }
    part == "started" { has[$1 " " value] = 1 }
    part == "now" && !(($1 " " value) in has) { other[name] = "" }
    part == "written" && name in other {
      while (match(value, /\$\{?[A-Za-z_][A-Za-z0-9_]*/)) {
        variable = substr(value, RSTART, RLENGTH); gsub(/[${]/, "", variable)
        other[name] = other[name] " " variable; value = substr(value, RSTART + RLENGTH)
      }
    }
    END { for (name in other) print "differs=" name other[name] }' | sort
}
# The image of a container whose name stands for another one by now: by digest, or by id.
moved_images() {
  docker ps -aq --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.oneoff=False |
    xargs -r docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}} {{.Config.Image}} {{.Image}}' | sort -u |
    while read -r service name id; do
      [ "$(docker image inspect --format '{{.Id}}' "$name" 2> /dev/null)" != "$id" ] || continue
      digest=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$id" 2> /dev/null) || continue
      digest=$(printf '%s\n' "$digest" | head -n 1)
      printf 'image=%s %s\n' "$service" "${digest:-$id}"
    done
}
for file; do [ -f "$file" ] || { printf 'absent=%s\n' "$file"; files=; }; done
if [ -z "$files" ]; then
  :
elif { read_project && { [ -n "$env_files" ] || [ -z "$(others)" ]; }; } || { [ -z "$env_files" ] && find_env_files; } || read_project; then
  printf 'config=%s\n' "$(printf %s "$config" | tr -d '\n')"
  printf '%s\n' "$all_hashes"
  printf '%s\n' "$env_files" | sed '/^$/d; s/^/envFile=/'
  differences
  moved_images
else
  # Run again for the error. Text near a mistake in an .env may be a password.
  printf 'wrong=%s\n' "$(compose config --quiet 2>&1 | tail -n 1 | sed 's/ near .*//' | cut -c 1-200)"
fi
