# shellcheck shell=sh
# The containers of a service that read a file when they start, or when they are told to. `running` prints the ids of those that
# run. `unread` prints of these the ids that may not have read the file as it is: they started before its last change, and no
# step recorded that it made them read it. `record` writes these records: inode and change time of the file, the container,
# and its start, per line.
: "${project?}" "${service?}"
. ../shared/written-file.sh
: "${keep?}"
running() {
  docker ps -q --no-trunc --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$service" \
    --filter label=com.docker.compose.oneoff=False --filter status=running
}
reader() { printf '%s %s %s\n' "$(identity "$path")" "$1" "$(docker inspect --type container --format '{{.State.StartedAt}}' "$1")"; }
unread() {
  for id in $(running); do
    line=$(reader "$id")
    # Of any run: an earlier one may have written the file.
    ! cat -- "${keep%/*/*/*}"/*/*/*/read-by 2> /dev/null | grep -qxF -e "$line" || continue
    started=$(date -d "${line##* }" +%s.%N) && changed=$(stat -c %.9Z -- "$path") || { echo "$id"; continue; }
    awk -v started="$started" -v changed="$changed" 'BEGIN { exit !(started > changed) }' || echo "$id"
  done
}
record() {
  for id; do reader "$id"; done > "$keep/read-by.part"
  sync -- "$keep/read-by.part"
  mv -f -- "$keep/read-by.part" "$keep/read-by"
}
