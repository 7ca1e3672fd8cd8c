# shellcheck shell=sh
# shellcheck disable=SC2154
# The archive: one file, or the parts that it was split into. `parts` prints their names: of a name that ends in .aa, .000 or
# .001, the names that follow. `hold_archive` opens each once, and everything is read from what was opened, whatever the names
# lead to by then; `let_archive_go` ends that. `identity` prints what changes with every write to a part, and differs for any
# other file. `plain_archive` prints the archive decrypted and unpacked, by the programs of the host; `decrypter` and `unpacker`
# name them, or are empty. `work` is the script's directory.
: "${archive?}"
. ../shared/held-file.sh
export LC_ALL=C TZ=UTC
next_part() {
  printf '%s\n' "$1" | awk '{
    digits = /^[0-9]+$/ ? "0123456789" : "abcdefghijklmnopqrstuvwxyz"; zero = substr(digits, 1, 1)
    for (i = length($0); i > 0; i--) {
      at = index(digits, substr($0, i, 1))
      $0 = substr($0, 1, i - 1) (at < length(digits) ? substr(digits, at + 1, 1) : zero) substr($0, i + 1)
      if (at < length(digits)) { print; exit }
    }
    exit 1
  }'
}
is_first_part() { case ${archive##*.} in aa | aaa | 000 | 001) ;; *) false ;; esac; }
parts() {
  printf '%s\n' "$archive"
  is_first_part || return 0
  stem=${archive%.*} end=${archive##*.}
  while end=$(next_part "$end") && [ -e "$stem.$end" ]; do printf '%s\n' "$stem.$end"; done
}
# Prints the first part that is missing between others.
missing_part() {
  is_first_part || return 0
  stem=${archive%.*}
  last=$(parts | tail -n 1)
  case ${archive##*.} in *[0-9]*) like=$(printf %s "${archive##*.}" | sed 's/./[0-9]/g') ;; *) like=$(printf %s "${archive##*.}" | sed 's/./[a-z]/g') ;; esac
  greatest=$(find "${archive%/*}/" -maxdepth 1 -name "$(printf %s "${stem##*/}" | sed 's/[][*?\\]/\\&/g').$like" | sort | tail -n 1)
  [ "$greatest" = "$last" ] || printf '%s.%s\n' "$stem" "$(next_part "${last##*.}")"
}
hold_archive() {
  held='' holders=''
  while IFS= read -r part; do
    hold "$part"
    [ -f "$opened" ] || fail "$part is not a file"
    held="$held $opened" holders="$holders $holder"
  done << END
$(parts)
END
  first_held=${held# }
  first_held=${first_held%% *}
  decrypter=$(encryption_of "$first_held")
}
find_unpacker() { unpacker=$(decrypted 2> /dev/null | packing_of /dev/stdin); }
encryption_of() {
  case $(head -c 24 -- "$1" | tr -d '\000') in
  age-encryption.org* | '-----BEGIN AGE'*) echo age ;;
  '-----BEGIN PGP MESSAGE'*) echo gpg ;;
  # The first packet of a message: a session key, for a passphrase or for a public key. A name in a tar may begin so too.
  *) [ "$(head -c 262 -- "$1" | tail -c 5 | tr -d '\000')" = ustar ] || case $(head -c 1 -- "$1" | od -An -tx1 | tr -d ' \n') in 84 | 85 | 8c | c1 | c3) echo gpg ;; esac ;;
  esac
}
# Secrets go through pipes; gpg keeps what it imports in a directory in memory, which only root can enter.
# shellcheck disable=SC2086
decrypted() {
  case $decrypter in
  age) printf '%s\n' "$REINSTATE_ARCHIVE_KEY" | { exec 3<&0; cat -- $held | age -d -i /dev/fd/3; } ;;
  gpg)
    printf '%s\n' "${REINSTATE_ARCHIVE_PASSPHRASE:-}" | {
      exec 3<&0
      cat -- $held | gpg --homedir "$keys" --batch --quiet --no-options --no-permission-warning --pinentry-mode loopback --passphrase-fd 3 -d
    }
    ;;
  *) cat -- $held ;;
  esac
}
keys=''
begin_keys() {
  [ "$decrypter" = gpg ] || return 0
  for memory in /dev/shm /run; do
    [ "$(stat -f -c %T -- "$memory" 2> /dev/null)" != tmpfs ] || { keys=$(mktemp -d -p "$memory" gpg.XXXXXX) && break; }
  done
  [ -n "$keys" ] || fail 'the host has no file system in memory (/dev/shm or /run) for the key of the archive'
  [ -z "${REINSTATE_ARCHIVE_KEY:-}" ] ||
    printf '%s\n' "$REINSTATE_ARCHIVE_KEY" | gpg --homedir "$keys" --batch --quiet --no-options --pinentry-mode loopback --import 2> /dev/null ||
    fail 'key: is no private key that gpg imports'
}
end_keys() {
  [ -n "$keys" ] || return 0
  gpgconf --homedir "$keys" --kill all > /dev/null 2>&1 || :
  rm -rf -- "$keys"
}
open_archive() {
  hold_archive
  begin_keys
  find_unpacker
}
let_archive_go() {
  end_keys
  for held_by in ${holders:-}; do kill -KILL "$held_by" 2> /dev/null || :; wait "$held_by" 2> /dev/null || :; done
}
# shellcheck disable=SC2086
identity() { stat -L -c '%d:%i:%s:%.9Y:%.9Z' -- $held | sha256sum | cut -c 1-64; }
plain_archive() {
  { decrypted 2> "$work/decrypt-error" || echo $? > "$work/decrypt-failed"; } | ${unpacker:-cat} ${unpacker:+-dc}
}
unpacked() { plain_archive 2> "$work/unpack-error" || echo $? > "$work/unpack-failed"; }
