import { sh, type Script } from '../shell/script.ts'

/**
 * Prints `schedule=` with file and line for each crontab and timer, and each script that they call, in which one of the
 * words stands. Where they are and when, never what they say: a line of a crontab may hold a password.
 */
export function schedulesScript(words: readonly string[]): Script {
  return sh`
crontabs='/etc/crontab /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly /var/spool/cron'
units=/etc/systemd/system
naming() { # FILE…: each place in them that has one of the words, and is no comment
  for word in ${words}; do
    grep -rnIwF -e "$word" -- "$@" /dev/null 2> /dev/null
  done | grep -v '^[^:]*:[0-9]*:[[:space:]]*#' | cut -d : -f 1,2 | sort -u -t : -k 1,1 -k 2,2n
}
# A script is found by its path, one step on: /usr/local/bin/nightly.sh in a crontab, or what a timer's service starts.
called() {
  grep -rnIoE '/[A-Za-z0-9_./-]+' $crontabs $units 2> /dev/null | while IFS=: read -r by number script; do
    case $script in /bin/* | /sbin/* | /usr/bin/* | /usr/sbin/* | /dev/* | /proc/* | /sys/* | /etc/systemd/system/*) continue ;; esac
    [ ! -f "$script" ] || [ "$(stat -c %s "$script")" -gt 1048576 ] || printf '%s:%s:%s\\n' "$by" "$number" "$script"
  done | sort -u
}
when() { # UNIT: when its timer starts it
  timer=\${1%.*}.timer
  [ -f "$timer" ] || return 0
  sed -n 's/^ *On\\([A-Za-z]*\\) *= *\\([A-Za-z0-9*:,./ -]*\\)$/, by its timer: On\\1=\\2/p' "$timer" | head -n 1
}
{
  naming $crontabs $units | while IFS=: read -r file number; do
    case $file in $units/*) printf '%s, line %s%s\\n' "$file" "$number" "$(when "$file")" ;; *) printf '%s, line %s\\n' "$file" "$number" ;; esac
  done
  called | while IFS=: read -r by line script; do
    naming "$script" | head -n 1 | while IFS=: read -r file number; do
      printf '%s, line %s, called by %s, line %s%s\\n' "$file" "$number" "$by" "$line" "$(when "$by")"
    done
  done
} | sort -u | head -n 20 | sed 's/^/schedule=/'`
}
