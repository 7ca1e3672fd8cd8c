# shellcheck shell=sh
# shellcheck disable=SC2154 # backup.sh sets plain and deadline
# Prints archive=FILE|BYTES|TIME|FORM|CONTENT|VERSION|STATE|DATABASE for each dump and archive in the current directory, and
# member=FILE|PATH for what an archive holds. Both are recognised by their first bytes. No check of one begins after `deadline`.
hex() { head -c 262 | od -An -v -tx1 | tr -d ' \n'; }
unpack() { # FORM: from stdin
  case $1 in
    gzip) timeout 60 gzip -dc ;;
    zstd) timeout 60 zstd -dcq ;;
    xz) timeout 60 xz -dc ;;
    bzip2) timeout 60 bzip2 -dc ;;
    *) cat ;;
  esac 2> /dev/null
}
form_of() { # from stdin: gzip, zstd, xz, bzip2, zip, tar, custom, mongo, sqlite, empty or text
  form_bytes=$(hex)
  case $form_bytes in
    '') echo empty ;;
    1f8b*) echo gzip ;;
    28b52ffd*) echo zstd ;;
    fd377a585a00*) echo xz ;;
    425a68*) echo bzip2 ;;
    5047444d50*) echo custom ;;
    6de29981*) echo mongo ;;
    504b0304*) echo zip ;;
    53514c69746520666f726d6174*) echo sqlite ;;
    *) case $(printf %s "$form_bytes" | cut -c 515-524) in 7573746172) echo tar ;; *) echo text ;; esac ;;
  esac
}
# The program that made a dump, the server's version and the one database that it is of, by its first lines. A line of a dump
# may hold data: only known words are printed.
text_of() {
  head -c 8192 | tr -d '\000' | awk '
    /^-- PostgreSQL database cluster dump/ { kind = "pg_dumpall" }
    /^-- PostgreSQL database dump/ && !kind { kind = "pg_dump" }
    /^-- MySQL dump/ { kind = "mysqldump" }
    /^-- MariaDB dump/ || /^\/\*!?M!999999/ { kind = "mariadb-dump" }
    /^-- Dumped from database version [0-9.]+/ { version = $6 }
    /^-- Server version[ \t]+[0-9.]+/ { version = $4; sub(/[^0-9.].*/, "", version) }
    /^-- Host: .* Database: [A-Za-z0-9_.-]+$/ { database = $NF }
    END { print kind "|" version "|" database }'
}
printed() { # FILE FORM CONTENT VERSION STATE DATABASE
  printf 'archive=%s|%s|%s|%s|%s|%s|%s\n' "$1" "$(stat -c '%s|%Y' -- "$1")" "$2" "$3" "$4" "$5" "${6:-}"
}
# Whether a dump of a whole PostgreSQL server holds roles only.
is_of_roles() { ! unpack "$2" < "$1" | tr -d '\000' | grep -qm 1 '^\\connect '; }
# Whether all of it can be read, and a dump of text has its last line. Empty: there was no time to know.
state_of() { # FILE FORM CONTENT
  [ "$(date +%s)" -lt "$deadline" ] || return 0
  case $2 in
    gzip | zstd | xz | bzip2)
      timeout 60 "$2" -tq -- "$1" 2> /dev/null
      case $? in 0) ;; 124 | 126 | 127) return 0 ;; *) echo truncated; return 0 ;; esac
      ;;
  esac
  case $3 in
    pg_dump | pg_dumpall*) last='^-- PostgreSQL database.* dump complete' ;;
    mysqldump | mariadb-dump) last='^-- Dump completed' ;;
    tar)
      # What takes longer to read than init waits is of unknown state, and not truncated.
      code=0
      unpack "$2" < "$1" | timeout 60 tar -tf - > /dev/null 2>&1 || code=$?
      case $code in 0) echo complete ;; 124) ;; *) echo truncated ;; esac
      return 0
      ;;
    encrypted) return 0 ;;
    *) echo complete; return 0 ;;
  esac
  if unpack "$2" < "$1" | tail -c 2000 | tr -d '\000' | grep -q "$last"; then echo complete; else echo truncated; fi
}
describe() { # FILE
  outer=$(form_of < "$1")
  inner=$outer
  case $outer in gzip | zstd | xz | bzip2) inner=$(unpack "$outer" < "$1" | form_of) ;; esac
  version= database=
  case $inner in
    empty)
      case $1 in *.sql* | *.dump* | *.gz | *.tar* | *.tgz | *.zst | *.xz | *.bz2 | *.zip | *.bak) printed "$1" "$outer" empty '' truncated ;; esac
      return
      ;;
    custom) inner='pg_dump custom'; version=$(unpack "$outer" < "$1" | head -c 400 | tr -c 'A-Za-z0-9. ' '\n' | grep -E '^[0-9]+\.[0-9]+( |$)' | head -n 1 | cut -d ' ' -f 1) ;;
    mongo) inner=mongodump ;;
    sqlite) inner='SQLite database' ;;
    text)
      text=$(unpack "$outer" < "$1" | text_of)
      inner=${text%%|*} text=${text#*|}
      version=${text%%|*} database=${text#*|}
      [ "$inner" != pg_dumpall ] || ! is_of_roles "$1" "$outer" || inner='pg_dumpall --globals-only'
      # Compressed bytes that are nothing known are shown, and so is a file that a dump could be, but for its name.
      [ -n "$inner" ] || case $outer:$1 in text:*.gpg | text:*.pgp | text:*.asc | text:*.age) inner=encrypted ;; text:*.sql | text:*.dump) inner=unknown ;; text:*) return ;; *) inner=unknown ;; esac
      ;;
  esac
  printed "$1" "$outer" "$inner" "$version" "$(state_of "$1" "$outer" "$inner")" "$database"
  [ "$inner" != tar ] ||
    unpack "$outer" < "$1" | timeout 60 tar -tf - 2> /dev/null | head -n 20000 | sed 's/^\.\///' | cut -d / -f 1-7 |
    grep -v '[^A-Za-z0-9_./-]' | grep . | sort -u | awk -F / '{ print NF, $0 }' | sort -n -s -k 1,1 | sed 's/^[0-9]* //' | head -n 200 | awk -v file="$1" '{ print "member=" file "|" $0 }'
}
# Folders that tools of databases write: pg_dump --format directory, mongodump.
find . -mindepth 2 -maxdepth 5 -name toc.dat ! -path "$plain" -printf '%h\n' 2> /dev/null | head -n 20 | sed 's/^\.\///' | while IFS= read -r folder; do
  printed "$folder" folder 'pg_dump directory' '' ''
done
find . -mindepth 3 -maxdepth 5 -name '*.metadata.json*' ! -path "$plain" -printf '%h\n' 2> /dev/null | sort -u | head -n 20 | sed 's/^\.\///' | while IFS= read -r folder; do
  printed "$folder" folder mongodump '' ''
done
# Not the files of a data directory.
{
  find . -mindepth 2 -maxdepth 4 -type f \( -name PG_VERSION -o -name ibdata1 -o -name WiredTiger -o -name dump.rdb \) -printf '0 %h/\n' 2> /dev/null | sed 's/ \.\// /'
  find . -mindepth 1 -maxdepth 3 -type f ! -path "$plain" ! -iname '*.sha256' ! -iname 'sha256sums*' -printf '%d %P\n' 2> /dev/null
} | sort -n -s -k 1,1 | awk '$1 == 0 { data[$2]; next } { for (one in data) if (index($2, one) == 1) next; print $2 }' |
  head -n 300 | while IFS= read -r file; do describe "$file"; done
exit 0
