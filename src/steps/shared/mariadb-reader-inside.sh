# shellcheck shell=sh
# Runs in the container. Pages are only counted, at the default size of 16 KiB.
server=$(command -v mariadbd || command -v mysqld) || exit 0
echo "version=$("$server" --no-defaults --version 2>/dev/null | sed -n 's/^.* Ver \([0-9.]*\).*$/\1/p')"
command -v innochecksum > /dev/null && echo innochecksum=there || exit 0
cd /audited || exit
find . -name '*.ibd' -o -name 'undo[0-9]*' | sort > /dev/shm/files
while IFS= read -r file; do
  innochecksum "$file" > /dev/shm/output 2>&1 || echo "damaged=${file#./}: $(grep . /dev/shm/output | head -n 1)"
done < /dev/shm/files
echo "files=$(grep -c . /dev/shm/files)"
echo "pages=$(tr '\n' '\0' < /dev/shm/files | xargs -0 -r stat -c %s | awk '{ sum += $1 } END { printf "%.0f", sum / 16384 }')"
exit 0
