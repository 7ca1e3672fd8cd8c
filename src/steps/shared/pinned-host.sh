# shellcheck shell=sh
# shellcheck disable=SC2034
# `pin_host URL` sets `pin` to the addresses of the host of a URL, in the form of `curl --resolve`, for curl to connect to these
# and no others. Empty for a name without an address. Where the host is a metadata service, it fails and sets `why`.
: "${resolve?}"
# Addresses at which clouds hand out credentials, as src/fields/metadata-address.ts has them, in the form of getent.
is_metadata() {
  case $1 in
  169.254.* | 100.100.100.200 | 192.0.0.192 | 168.63.129.16) ;;
  *:169.254.* | *:100.100.100.200 | *:192.0.0.192 | *:168.63.129.16) ;;
  fd00:ec2:* | fd20:ce:* | 2002:a9fe:* | 2002:6464:64c8:* | 2002:c000:c0:* | 2002:a83f:8110:*) ;;
  64:ff9b:*:a9fe:* | 64:ff9b:*:6464:64c8 | 64:ff9b:*:c000:c0 | 64:ff9b:*:a83f:8110) ;;
  fe80::a9fe:* | fe80::6464:64c8 | fe80::c000:c0 | fe80::a83f:8110) ;;
  *) return 1 ;;
  esac
}
pin_host() {
  authority=${1#*://} authority=${authority%%[/?#\\]*} authority=${authority##*@}
  case $1 in [Hh][Tt][Tt][Pp][Ss]:*) port=443 ;; *) port=80 ;; esac
  case $authority in
  \[*) name=${authority#\[} name=${name%%\]*} rest=${authority##*\]} ;;
  *) name=${authority%%:*} rest=${authority#"$name"} ;;
  esac
  [ -z "${rest#:}" ] || port=${rest#:}
  pin=
  case $resolve in "$name:$port:"*) pin=$resolve; return ;; esac
  for address in $(getent ahosts "$name" | cut -d ' ' -f 1 | sort -u); do
    ! is_metadata "$address" || { why="$name leads to the metadata address $address, which hands out credentials"; return 1; }
    case $address in *:*) address="[$address]" ;; esac
    pin=$pin,$address
  done
  [ -z "$pin" ] || pin=$name:$port:${pin#,}
}
