#!/bin/sh
# Sets up the current folder for the service: curl -fsS https://evolve.example.org/install.sh | sh -s -- https://evolve.example.org
# Creates .mech-evolve/ with the address and a client, and changes nothing else. CURL_CA_BUNDLE names another authority.
set -eu
url=${1:?which service? usage: install.sh https://evolve.example.org}
url=${url%/}
folder=.mech-evolve
case $url in
  https://* | http://127.0.0.1:*) ;;
  *) echo "install: $url is not https://" >&2; exit 2 ;;
esac
[ ! -e "$folder" ] || { echo "install: $PWD/$folder exists; remove it first" >&2; exit 1; }
version=$(curl -fsS --max-time 10 "$url/version") || { echo "install: $url does not answer" >&2; exit 1; }

new=$folder.$$
trap 'rm -rf "$new"' EXIT
mkdir "$new"
printf '%s\n' "$url" >"$new/url"
cat >"$new/mech-evolve" <<'CLIENT'
#!/bin/sh
# mech-evolve list|read|create agents|evolutions|sync [ID | JSON]
set -eu
url=$(cat "$(dirname "$0")/url")
action=${1:-} collection=${2:-agents}
case $action in
  list) curl -fsS -w '\n' --max-time 10 "$url/api/$collection" ;;
  read) curl -fsS -w '\n' --max-time 10 "$url/api/$collection/${3:?which id?}" ;;
  create) curl -fsS -w '\n' --max-time 10 -H 'Content-Type: application/json' -d "${3:?which document, as JSON?}" "$url/api/$collection" ;;
  *) echo 'usage: mech-evolve list|read|create agents|evolutions|sync [ID | JSON]' >&2; exit 2 ;;
esac
CLIENT
chmod 755 "$new/mech-evolve"
mv "$new" "$folder"
echo "installed $folder for $url: $version"
