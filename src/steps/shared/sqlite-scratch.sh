# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154
# SQLite files in a scratch volume. `sqlite_begin` creates it, sets `at` to its mountpoint, and chooses the program that reads: one
# of the host, else one of a scratch container of an image in `images`; `reads` stays empty where there is none. `copied FILE
# NAME` copies a file with what was not yet merged into it. `query NAME` runs the SQL on stdin, one statement per line.
: "${images?}" "${reader?}"
. ./scratch-servers.sh
sqlite_begin() {
  scratch_volume sqlite 2> "$work/err" || { cat "$work/err" >&2; exit 3; }
  reads=
  choose_reader
}
state() { stat -c '%n %s %y' -- "$1" "$1-wal" "$1-journal" 2> /dev/null; }
copied() { # FILE NAME: a copy of one moment, without the shared memory of its server
  for attempt in 1 2 3 4 5; do
    before=$(state "$1")
    for part in '' -wal -journal; do
      rm -f -- "$at/$2$part"
      [ ! -f "$1$part" ] || cp --reflink=auto -- "$1$part" "$at/$2$part" || return
    done
    [ "$before" != "$(state "$1")" ] || return 0
    sleep "0.$attempt"
  done
  return 1
}
query() { # NAME: the SQL on stdin
  case $reads in
  host) sh -c "$reader" reader "$at/$1" ;;
  *) docker exec -i "$scratch_id" sh -c "$reader" reader "/scratch/$1" ;;
  esac
}
choose_reader() {
  printf '' | sh -c "$reader" reader :memory: > /dev/null 2>&1; [ $? -eq 9 ] || { reads=host; return; }
  for image in $images; do
    docker run -d --pull never --name "$scratch_id" --label "$scratch" --network none --user 0 -v "$scratch_id-sqlite:/scratch" \
      --entrypoint sh "$image" -c 'while :; do sleep 60; done' > /dev/null 2>&1 || continue
    printf '' | docker exec -i "$scratch_id" sh -c "$reader" reader :memory: > /dev/null 2>&1; [ $? -eq 9 ] || { reads=container; return; }
    docker rm -fv "$scratch_id" > /dev/null
  done
}
