# shellcheck shell=sh
# Prints `layer=` and FILES|BYTES|DATABASE|FIRST for each container of "$@" that wrote files outside its mounts, without logs,
# caches and what each start makes anew. FIRST is a file of the database, else the largest file.
. ../shared/container-data.sh
set -u
noise='^/(run|tmp|var/(run|tmp|log|cache|lock|lib/(apt|dpkg))|root/\.(cache|npm)|home/[^/]*/\.(cache|npm))/|/__pycache__/|\.(pid|pyc|log)$|^/(root|home/[^/]*)/\.[a-z_]*history$'
for id; do
  upper=$(docker inspect --type container --format '{{with .GraphDriver.Data}}{{index . "UpperDir"}}{{end}}' "$id") || exit 2
  changed=$(changed_paths "$id" | sed -n 's/^[AC] //p' | grep -Ev "$noise" | LC_ALL=C sort)
  [ -n "$changed" ] || continue
  # Only some storage drivers have the files of a layer in a directory of its own; of the others, sizes are not known.
  if [ -d "$upper" ]; then
    printf '%s\n' "$changed" | sed "s|^|$upper|" | tr '\n' '\0' | xargs -0 -r stat --printf '%F|%s %n\n' 2> /dev/null |
      sed -n 's/^regular file|//p' | awk -v cut="${#upper}" '{ bytes = $1; sub(/^[0-9]* /, ""); print bytes, substr($0, cut + 1) }'
  else
    printf '%s\n' "$changed" | sed 's/^/0 /'
  fi | awk -v id="$id" '
    function holds(name) { if (database == "") first = $0; database = name }
    { size = $1; bytes += size; sub(/^[0-9]* /, "") }
    (!n++ || size > largest) && database == "" { largest = size; first = $0 }
    /\/PG_VERSION$/ { holds("PostgreSQL") }
    /\/ibdata1$/ { holds("MariaDB or MySQL") }
    /\/WiredTiger$/ { holds("MongoDB") }
    /\/(dump\.rdb|appendonlydir\/.*)$/ { holds("Redis") }
    /\.(sqlite3?|db)(-wal)?$/ && !/^\/(etc|usr|var\/lib\/(misc|nss_db))\// { holds("SQLite") }
    END { if (n) printf "layer=%s|%d|%.0f|%s|%s\n", id, n, bytes, database, first }'
done
exit 0
