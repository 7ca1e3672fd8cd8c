# To be sourced. take_lock FILE: waits until no other process holds it, then holds it until this one ends.
# A process left running in the background must be started with 9>&-, or it would keep the lock.
take_lock() {
  exec 9>>"$1"
  if command -v flock >/dev/null 2>&1; then
    flock 9
  else
    python3 -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
  fi
}
