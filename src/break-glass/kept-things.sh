# shellcheck shell=sh
# shellcheck disable=SC2034
# What a run keeps on this host, listed by functions. $keep is where a step of the run would save originals. Arguments are
# readable by all users of the host, so the run's token is in none: it is compared in awk's environment.
: "${keep?}"
. ../steps/shared/symlink-guard.sh
originals=${keep%/*/*}
root=${originals%/*/*}
run=${originals##*/}
has_engine() { command -v docker > /dev/null; }
# Images that the run's steps kept.
kept_images() {
  has_engine || return 0
  all=$(docker image ls --format '{{.Repository}}:{{.Tag}}') || exit 2
  printf '%s\n' "$all" | RUN=$run awk 'index($0, "reinstate-kept/" ENVIRON["RUN"] "/") == 1'
}
# Volumes that the run made, whose steps were undone, and which no container uses: its rollback left them. A volume whose
# step was not undone holds what was restored.
left_volumes() {
  has_engine || return 0
  all=$(docker volume ls --filter label=reinstate.owner --format '{{.Label "reinstate.owner"}} {{.Name}}') || exit 2
  printf '%s\n' "$all" | while read -r owner volume; do
    case $owner in "$run"/*) ;; *) continue ;; esac
    step=${owner#"$run"/}
    for undone in "$root/runs/${run}_${step%%/*}_${step#*/}"_*/undone; do
      [ -e "$undone" ] || continue
      users=$(docker ps -aq --filter "volume=$volume") || exit 2
      [ -n "$users" ] || printf '%s\n' "$volume"
      break
    done
  done
}
# Directories outside of the originals that hold what a step put aside, each after its inode and birth or `-`: those of
# the quarantine, and private directories (private-directory.sh). Only paths of this form count, whatever a file says.
aside() {
  for file in "$originals"/*/*/aside; do
    [ ! -f "$file" ] || sort -u < "$file"
  done | while IFS= read -r path; do
    case $path in
    /*/.reinstate-quarantine/"$run".*/* | */../*) ;;
    /*/.reinstate-quarantine/"$run".*) printf '%s %s\n' - "$path" ;;
    esac
  done
  for file in "$originals"/*/*/private.*.in "$originals"/*/*/[0-9]*/private.*.in; do
    named=${file%.in}
    [ -f "$file" ] && [ -f "$named" ] && [ -f "$named.id" ] || continue
    name=$(cat < "$named")
    case $name in .reinstate-*[!0-9a-f]* | .reinstate-) ;; .reinstate-*) printf '%s %s/%s\n' "$(cat < "$named.id")" "$(cat < "$file")" "$name" ;; esac
  done
}
# Enters the directory of a path that `aside` printed, if it is what the step made: others can rename entries of a
# directory of theirs, but cannot make one that belongs to this user.
enter_aside() {
  enter "${2%/*}" && entry=./${2##*/} && [ -d "$entry" ] && [ ! -L "$entry" ] || return 1
  case $1 in
  -) [ "$(stat -c %u -- . "$entry" | sort -u)" = "$(id -u)" ] ;;
  *) [ "$(stat -c %i.%.W -- "$entry")" = "$1" ] ;;
  esac
}
