# shellcheck shell=sh
# Prints `schedule=` for each crontab, unit, and script that these call, which contains one of the words: file, line, and
# after `|` how it starts the stack, `plain` or `named`. Prints no content: a line of a crontab may hold a password.
# `envFile=` says what is at the path of the env file, `namesFiles=yes` that it sets COMPOSE_FILE.
: "${words?}" "${env_file?}"
crontabs='/etc/crontab /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly /var/spool/cron /etc/rc.local'
units=/etc/systemd/system
naming() { # FILE…: each line in them with one of the words, comments excluded
  printf '%s\n' "$words" | while IFS= read -r word; do
    grep -rnIwF -e "$word" -- "$@" /dev/null 2> /dev/null
  done | grep -v '^[^:]*:[0-9]*:[[:space:]]*#' | cut -d : -f 1,2 | sort -u -t : -k 1,1 -k 2,2n
}
# A script is found by its path, one level deep: /usr/local/bin/nightly.sh in a crontab, or what a timer's service starts.
called() {
  # shellcheck disable=SC2086
  grep -rnIoE '/[A-Za-z0-9_./-]+' $crontabs $units 2> /dev/null | while IFS=: read -r by number script; do
    case $script in /bin/* | /sbin/* | /usr/bin/* | /usr/sbin/* | /dev/* | /proc/* | /sys/* | /etc/systemd/system/*) continue ;; esac
    [ ! -f "$script" ] || [ "$(stat -c %s "$script")" -gt 1048576 ] || printf '%s:%s:%s\n' "$by" "$number" "$script"
  done | sort -u
}
when() { # UNIT: the schedule of its timer
  timer=${1%.*}.timer
  [ -f "$timer" ] || return 0
  sed -n 's/^ *On\([A-Za-z]*\) *= *\([A-Za-z0-9*:,./ -]*\)$/, by its timer: On\1=\2/p' "$timer" | head -n 1
}
starts() { # FILE LINE: how the commands there start the stack. Of a crontab only that line, of others the whole file.
  case $1 in
  /etc/crontab | /etc/cron.d/* | /var/spool/cron/*) text=$(sed -n "$2p" "$1") ;;
  *) text=$(grep -v '^[[:space:]]*#' "$1" | sed -e :join -e '/\\$/{N;s/\\\n/ /;b join' -e '}') ;;
  esac
  ups=$(printf '%s\n' "$text" | grep -E 'docker[^;&|]*[ -]compose[^;&|]*[[:space:]](up|start|restart)([[:space:]]|$)')
  by_name=$(printf '%s\n' "$text" | grep -E 'docker( container)? (re)?start ' | grep -wF -e "$words")
  own=$(printf '%s\n' "$text" | grep -E 'COMPOSE_(FILE|PROJECT_NAME|ENV_FILES)=')
  options=$(printf '%s\n' "$ups" | grep -E 'compose[^;&|]* (-p|-f|--project-name|--file|--env-file)[ =][^;&|]*[[:space:]](up|start|restart)([[:space:]]|$)')
  if [ -n "$by_name" ]; then
    echo named
  elif [ -n "$ups" ]; then
    if [ -z "$own$options" ]; then echo plain; else echo named; fi
  fi
}
# shellcheck disable=SC2086
{
  naming $crontabs $units | while IFS=: read -r file number; do
    case $file in $units/*) timer=$(when "$file") ;; *) timer= ;; esac
    printf '%s, line %s%s|%s\n' "$file" "$number" "$timer" "$(starts "$file" "$number")"
  done
  called | while IFS=: read -r by line script; do
    naming "$script" | head -n 1 | while IFS=: read -r file number; do
      printf '%s, line %s, called by %s, line %s%s|%s\n' "$file" "$number" "$by" "$line" "$(when "$by")" "$(starts "$file" "$number")"
    done
  done
} | sort -u | head -n 20 | sed 's/^/schedule=/'
state=other
if [ ! -e "$env_file" ] && [ ! -L "$env_file" ]; then
  state=absent
elif [ -f "$env_file" ] && [ ! -L "$env_file" ] && [ "$(stat -c %h -- "$env_file")" = 1 ]; then
  state='file'
fi
printf 'envFile=%s\n' "$state"
! grep -qE '^[[:space:]]*(export[[:space:]]+)?COMPOSE_FILE[[:space:]]*=' "$env_file" 2> /dev/null || echo namesFiles=yes
exit 0
