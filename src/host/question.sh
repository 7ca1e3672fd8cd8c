# shellcheck shell=sh disable=SC2086,SC2154
# Runs one question and sends its answer. questions.ts puts the assignments of nonce, exports and question before this text,
# and braces around both: a shell reads a compound command whole before it runs any of it, so a connection that is cut
# while the question is sent asks nothing.
#
# begin-NONCE on both outputs ends what login scripts printed, end-NONCE ends the answer; on stderr the exit code follows.
# The answer goes through cat, so that a process that the question leaves running cannot write into the next answer.
#
# The shell then waits for a line that confirms the answer. If its input ends instead, the caller is gone, and what the
# question started is stopped: by parent and child, because the process group may be that of the host's own sshd.

echo "begin-$nonce"
echo "begin-$nonce" >&2

{ {
  (
    export LC_ALL=C
    eval "unset nonce exports question
$exports
$question
"
  ) </dev/null
  echo "end-$nonce $?" >&2
} | cat
echo "end-$nonce"
} &

# Sets parent and session.
read_process() { read -r line <"/proc/$1/stat" && set -- ${line##*) } && parent=$2 session=$4; }

# TERM to the job and to all processes below it; after two seconds KILL to those that are left in this session. A job that
# has ended may have left its number to another process, which is then not the shell's child.
stop_question() {
  read_process $! && [ "$parent" = $$ ] || exit 0
  all=" $! "
  while before=$all; do
    for pid in /proc/[0-9]*; do
      pid=${pid#/proc/}
      read_process "$pid" || continue
      case $all in *" $pid "*) ;; *" $parent "*) all="$all$pid " ;; esac
    done
    [ "$all" != "$before" ] || break
  done
  kill -s TERM $all
  sleep 2
  read_process $$
  own=$session
  for pid in $all; do
    read_process "$pid" && [ "$session" = "$own" ] && kill -s KILL "$pid"
  done
}

read -r _ || stop_question 2>/dev/null
wait
