# shellcheck shell=sh
command -v openssl > /dev/null
