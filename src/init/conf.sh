# shellcheck shell=sh
# Compares configuration files of the host with those in a backup. Prints names of variables, never values.
# files: the paths on the host; env files in the project's directory are added. data: folders of the backup that hold data, in which no configuration is looked for.
: "${backup?}" "${directory?}" "${files?}" "${data?}"
files=$(
  printf '%s\n' "$files"
  find "$directory" -maxdepth 2 -type f \( -name '*.env' -o -name '.env*' \) ! -name '*example*' 2> /dev/null | head -n 20
)
files=$(printf '%s\n' "$files" | awk '!seen[$0]++')
cd -- "$backup" 2> /dev/null || exit 0
plain='*[!A-Za-z0-9_./-]*'
# The files of the backup down to level 8, the nearest first, without the data.
all=$(
  timeout 60 find . -maxdepth 8 -type f -size -1024k ! -path "$plain" -printf '%d %P\n' 2> /dev/null | sort -n -s -k 1,1 | cut -d ' ' -f 2- |
    awk -v data="$data" -v files="$files" '
      BEGIN {
        n = split(data, skip, "\n")
        m = split(files, list, "\n")
        for (i = 1; i <= m; i++) { name = list[i]; sub(/.*\//, "", name); known[name] }
        split("compose.yaml compose.yml docker-compose.yaml docker-compose.yml", usual, " ")
        for (i = 1; i <= 4; i++) known[usual[i]]
      }
      {
        for (i = 1; i <= n; i++) if (skip[i] != "" && index($0, skip[i] "/") == 1) next
        name = $0; sub(/.*\//, "", name)
        if (name in known) print
      }' | head -n 500
)
# The file of the backup for a path: the one with the longest part of that path; else the only one of that name.
match() { # PATH
  printf '%s\n' "$all" | awk -v path="$1" '
    function tail(of) { sub(/^\/+/, "", of); return of }
    BEGIN { base = path; sub(/.*\//, "", base); isCompose = base ~ /^(docker-)?compose\.ya?ml$/; way = tail(path) }
    $0 == "" { next }
    {
      name = $0; sub(/.*\//, "", name)
      if (name == base) exact[++count] = $0; else if (isCompose && name ~ /^(docker-)?compose\.ya?ml$/) other[++others] = $0
      for (rest = way; index(rest, "/"); sub(/^[^\/]*\//, "", rest))
        if ($0 == rest || substr($0, length($0) - length(rest)) == "/" rest) { if (length(rest) > best) { best = length(rest); found = $0 } break }
    }
    END { if (found != "") print found; else if (count == 1) print exact[1]; else if (count == 0 && others == 1) print other[1] }'
}
# variable=PATH|HOW|NAME: variables that differ between two env files.
variables() { # PATH THEIRS OURS
  awk -v path="$1" '
    { sub(/\r$/, "") }
    /^[ \t]*(export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*=/ {
      line = $0; sub(/^[ \t]*(export[ \t]+)?/, "", line)
      name = line; sub(/=.*/, "", name); sub(/^[^=]*=/, "", line)
      gsub(/^["\047]|["\047]$/, "", line)
      if (FNR == NR) backup[name] = line; else host[name] = line
    }
    END {
      for (name in backup) if (!(name in host)) print "variable=" path "|missing|" name; else if (backup[name] != host[name]) print "variable=" path "|differs|" name
      for (name in host) if (!(name in backup)) print "variable=" path "|new|" name
    }' "$2" "$3" | sort
}
printf '%s\n' "$files" | while IFS= read -r file; do
  found=$(match "$file")
  [ -n "$found" ] || continue
  state=missing
  if [ -d "$file" ]; then state=directory; elif [ -e "$file" ]; then state=differs; cmp -s -- "$found" "$file" && state=same; fi
  printf 'conf=%s|%s|%s|%s\n' "$file" "$found" "$state" "$(stat -c %a -- "$found")"
  if [ "$state" = differs ]; then
    case ${file##*/} in *.env | .env*) variables "$file" "$found" "$file" ;; esac
  fi
done
exit 0
