# shellcheck shell=sh
# shellcheck disable=SC2154
# `references PATH` prints a line per reference to a path: mounts, containers (also stopped ones, and projects that were
# started from it), links into it, system files that name it, and paths that the plan protects. Call `find_links` once
# before. `search_under`, `pruned` and `protect` are paths, one per line; those of `pruned` are patterns.
: "${search_under?}" "${pruned?}" "${protect?}"
. ../shared/path-references.sh
# The target of each symbolic link: as written, and fully resolved unless it is dangling. Links inside the paths themselves
# are left out.
find_links() {
  set -f
  IFS='
'
  # shellcheck disable=SC2086
  set -- $search_under -xdev \( -name .reinstate-quarantine
  for path in $pruned; do set -- "$@" -o -path "$path"; done
  unset IFS
  set +f
  find "$@" \) -prune -o -type l -fprintf "$work/names" '%p\0' \
    \( -lname '/*' -fprintf "$work/targets" '%l\0' -o -fprintf "$work/targets" '%h/%l\0' \) \
    ! -xtype l -fprintf "$work/living" '%p\0' 2> /dev/null
  xargs -0 -r realpath -zms -- < "$work/targets" | beside names > "$work/links"
  xargs -0 -r readlink -zm -- < "$work/living" | beside living >> "$work/links"
}
beside() {
  tr '\n\0' '?\n' < "$work/$1" > "$work/right"
  tr '\n\0' '?\n' | paste -d '|' - "$work/right"
}
links_into() {
  TARGET=$1 awk -F '|' '$1 == ENVIRON["TARGET"] || index($1, ENVIRON["TARGET"] "/") == 1 { print "the symbolic link " $2 " leads to it" }' "$work/links" | sort -u
}
files_naming() {
  home= rest=
  case $1 in /root/*) home=/root rest=${1#/root/} ;; /home/*/*) rest=${1#/home/*/} home=${1%"/$rest"} ;; esac
  printf '%s\n' "$1" > "$work/words"
  # shellcheck disable=SC2088
  [ -z "$rest" ] || printf '%s\n' "~/$rest" "\$HOME/$rest" "\${HOME}/$rest" "%h/$rest" >> "$work/words"
  find /etc /var/spool/cron /var/spool/at /usr/lib/systemd/system /usr/local/lib/systemd /run/systemd ${home:+"$home/.config/systemd"} \
    -xdev -type f -size -1024k -exec grep -lIF -f "$work/words" -- {} + 2> /dev/null | sort -u | while IFS= read -r file; do
    # A longer name that begins alike does not count: /srv/app in /srv/apples.
    WORDS=$(cat "$work/words") awk '
      BEGIN { count = split(ENVIRON["WORDS"], words, "\n") }
      { for (i = 1; i <= count; i++) { rest = $0; while (at = index(rest, words[i])) { rest = substr(rest, at + length(words[i])); if (rest !~ /^[A-Za-z0-9_.-]/) { found = 1; exit } } } }
      END { exit !found }' "$file" && printf '%s names it\n' "$(file_kind "$file")"
  done
  return 0
}
file_kind() {
  case $1 in
  */systemd/*) printf 'the systemd unit %s' "$1" ;;
  */cron*) printf 'the crontab %s' "$1" ;;
  *) printf 'the file %s' "$1" ;;
  esac
}
projects_from() {
  command -v docker > /dev/null || return 0
  ids=$(docker ps -aq --no-trunc) || exit 3
  printf %s "$ids" | xargs -r docker inspect --format '{{.Name}}|{{index .Config.Labels "com.docker.compose.project"}}|{{index .Config.Labels "com.docker.compose.project.working_dir"}},{{index .Config.Labels "com.docker.compose.project.config_files"}}' |
    while IFS='|' read -r name project files; do
      printf '%s\n' "$files" | tr ',' '\n' | while IFS= read -r file; do
        case $file in /*) if lies_in "$file" "$1"; then printf 'container %s of project %s was started from %s\n' "${name#/}" "$project" "$file"; break; fi ;; esac
      done
    done
}
references() {
  mounts_in "$1"
  binds_in "$1" > "$work/binds" || exit 3
  binds_above "$1" >> "$work/binds" || exit 3
  while IFS='|' read -r name running _ source; do printf 'container %s mounts %s\n' "$name" "$source"; done < "$work/binds"
  projects_from "$1"
  printf '%s\n' "$protect" | while IFS= read -r kept; do
    [ -n "$kept" ] || continue
    if lies_in "$(readlink -m -- "$kept")" "$1" || lies_in "$1" "$(readlink -m -- "$kept")"; then printf '%s is protected by the plan\n' "$kept"; fi
  done
  links_into "$1"
  files_naming "$1"
}
