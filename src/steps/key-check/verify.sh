# shellcheck shell=sh
# shellcheck disable=SC2154
# Tries REINSTATE_KEY, or the key that Compose gives a service now, on each encrypted text. Prints the number of texts and of
# decrypted ones; `problem=` and why there is no key; or `failed=` and why there are no texts. Writes no text, encrypted or not,
# to its output, nor the key. The script of an engine comes before this one, and `key_of` where the key is that of a service.
: "${format?}" "${is_of_service?}"
set -u
export LC_ALL=C
scratch_begin
if [ "$is_of_service" = yes ]; then
  key=$(key_of) || { printf 'problem=%s\n' "$key"; exit 0; }
  export REINSTATE_KEY="$key"
  key=
fi
begin
found=$(texts 2> "$work/err") || { printf 'failed=%s\n' "$(why "$work/err")"; exit 0; }
hex_of() { od -An -v -tx1 | tr -d ' \n'; }
bytes_of() { # HEX
  # shellcheck disable=SC2059
  printf "$(printf %s "$1" | awk '
    function digit(at) { return index("0123456789abcdef", substr($0, at, 1)) - 1 }
    { for (at = 1; at < length($0); at += 2) printf "\\%03o", digit(at) * 16 + digit(at + 1) }')"
}
# A wrong key fails by the padding, or gives noise one time in 256: only JSON counts.
opens_n8n() {
  plain=$({ printf %s "$1" | openssl enc -d -aes-256-cbc -md md5 -base64 -A -pass env:REINSTATE_KEY 2> /dev/null && printf +; } | tr -d '\000')
  case $plain in '{'*'}+' | '['*']+') return 0 ;; *) return 1 ;; esac
}
# AES in CFB mode after 16 bytes of IV, with a hash of the key, which openssl makes of a password without salt: SHA-256 where
# the text is in hexadecimal, MD5 where it is in base64. What it hides is in base64.
opens_gitea() {
  case $1 in
  *[!0-9a-f]*) hex=$(printf %s "$1" | openssl base64 -d -A 2> /dev/null | hex_of) cipher=aes-128-cfb digest=md5 ;;
  *) hex=$1 cipher=aes-256-cfb digest=sha256 ;;
  esac
  body=${hex#????????????????????????????????}
  [ "$body" != "$hex" ] && [ -n "$body" ] || return 1
  plain=$(bytes_of "$body" | openssl enc -d "-$cipher" -md "$digest" -nosalt -iv "${hex%"$body"}" -pass env:REINSTATE_KEY 2> /dev/null | tr '\000' '!')
  case $plain in *[!A-Za-z0-9+/=]* | '') return 1 ;; *) return 0 ;; esac
}
tried=0 opened=0
while IFS= read -r text; do
  [ -n "$text" ] || continue
  tried=$((tried + 1))
  if "opens_$format" "$text"; then opened=$((opened + 1)); fi
done <<END
$found
END
printf 'texts=%s\nopened=%s\n' "$tried" "$opened"
