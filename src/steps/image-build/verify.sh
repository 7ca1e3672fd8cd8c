# shellcheck shell=sh
# Prints the settings of the image, and reads each of its layers: `bad=` is a file that no layer may hold, `program=` one of the
# programs that is in the file system that the layers make together, `key=` a file with a private key, `known=` one that does not count. `layers=` and `read=` are
# the numbers of layers, and of those that could be read. `programs` has one name per line.
: "${tag?}" "${programs?}"
. ../shared/image.sh
set -eu
id=$(image_id "$tag")
[ -n "$id" ] || exit 0
printf 'id=%s\nlabel=%s\n' "$id" "$(label_of "$id")"
docker version --format 'engine={{.Server.Os}}/{{.Server.Arch}}'
docker image inspect --format 'platform={{.Os}}/{{.Architecture}}
user={{.Config.User}}
health={{with .Config.Healthcheck}}{{range .Test}}{{.}} {{end}}{{end}}
size={{.Size}}
layers={{len .RootFS.Layers}}' "$id"
work=$(mktemp -d) || exit 3
trap 'rm -rf -- "$work"' EXIT
export work
# Members of the outer archive: layers are archives, the others are not.
# shellcheck disable=SC2016
docker save "$id" | tar -x --to-command='
  case $TAR_FILENAME in
  manifest.json) cat > "$work/manifest" ;;
  *) tar -tf - > "$work/names" 2> /dev/null && { echo "layer $TAR_FILENAME"; sed "s|^\./||; s|^|file $TAR_FILENAME /|" "$work/names"; }; cat > /dev/null ;;
  esac' -f - > "$work/list"
grep -o '"Layers":\[[^]]*\]' "$work/manifest" | tr -d '[]"' | sed 's/^Layers://' | tr ',' '\n' > "$work/order"
export LC_ALL=C
printf '%s\n' "$programs" | awk -v list="$work/list" -v order="$work/order" '
  { wanted[$1] = $1 != "" }
  # Without a slash at the end, which directories have.
  function below(place) { for (path in found) if (index(path "/", place "/") == 1) delete found[path] }
  END {
    while ((getline line < list) > 0) {
      if (line ~ /^layer /) { layer = substr(line, 7); readable[layer] = 1; count[layer] = 0 }
      else { sub(/^file [^ ]* /, "", line); names[layer, ++count[layer]] = line }
    }
    while ((getline layer < order) > 0) {
      total += readable[layer]
      for (i = 1; i <= count[layer]; i++) {
        path = names[layer, i]
        name = path
        sub(/\/$/, "", name)
        sub(/.*\//, "", name)
        place = substr(path, 1, length(path) - length(name) - (path ~ /\/$/) - 1)
        if (name == ".wh..wh..opq") below(place)
        else if (name ~ /^\.wh\./) below(place "/" substr(name, 5))
      }
      for (i = 1; i <= count[layer]; i++) {
        path = names[layer, i]
        isDirectory = path ~ /\/$/
        sub(/\/$/, "", path)
        name = path
        sub(/.*\//, "", name)
        if (name == ".env" || (name == ".git" && isDirectory) || name ~ /^id_(rsa|dsa|ecdsa|ed25519)$/ || name ~ /^\.(netrc|pgpass)$/)
          if (++bad <= 20) print "bad=" path
        if (wanted[name] && !isDirectory && path ~ /\/s?bin\/[^\/]*$/) found[path] = 1
      }
    }
    for (path in found) if (++programs <= 20) print "program=" path
    print "read=" total + 0
  }'
# A key has base64 after its title; a program that only knows the title has not. Only in a layer with a key are files read one
# by one: programs hold keys of examples, and Debian's ssl-cert makes one for each machine that installs it.
cat > "$work/has-key" << 'SCRIPT'
grep -aE -A 1 -e '-----BEGIN ([A-Z]+ )*PRIVATE KEY-----.?$' | grep -aqE '^([A-Za-z0-9+/=]{40,}|Proc-Type:.*).?$'
SCRIPT
cat > "$work/name-key" << 'SCRIPT'
cat > "$work/file"
sh "$work/has-key" < "$work/file" || exit 0
what=key
[ "$(tr -d '\000' < "$work/file" | wc -c)" = "$(wc -c < "$work/file")" ] || what='known'
[ "${TAR_FILENAME#./}" != etc/ssl/private/ssl-cert-snakeoil.key ] || what='known'
echo "$what=/${TAR_FILENAME#./}"
SCRIPT
saved() { docker save "$id" || : > "$work/failed"; }
# shellcheck disable=SC2016
layers=$(saved | tar -x --to-command='! sh "$work/has-key" || echo "$TAR_FILENAME"; cat > /dev/null' -f -)
if [ -n "$layers" ]; then
  export layers
  # shellcheck disable=SC2016
  named=$(saved | tar -x --to-command='
    case $layers in *"$TAR_FILENAME"*) tar -x --to-command="sh \$work/name-key" -f - 2> /dev/null ;; esac
    cat > /dev/null' -f -)
  printf '%s\n' "${named:-key=a file that cannot be named}" | head -n 20
fi
[ ! -e "$work/failed" ]
