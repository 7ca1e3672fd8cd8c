#!/bin/sh
# Words of requests are split on purpose, and "done" is an answer.
# shellcheck disable=SC1010,SC2046,SC2086
# Commands on this host: each starts at most once, and its end is recorded once.
#
# `sh THIS serve` answers requests on stdin, one line "NONCE VERB WORDS" each; the answer begins with the nonce.
# By hand: echo - status TOKEN | sh THIS serve
#
#   run TOKEN TIMEOUT_SECONDS CAP_BYTES   starts the command in the next lines, or attaches to it; then like follow 0 0
#   follow TOKEN OUT ERR                  sends output from these offsets, and the state when the command has ended
#   status TOKEN · tail TOKEN BYTES       the state; the last bytes of the output and the state
#   sums TOKEN OUT ERR                    sha256 of the first so many bytes of each output, or -
#   cancel TOKEN GRACE_SECONDS            stops the command; one that has not started never will
#   mark-undone RUN_PHASE_STEP            marks the receipts of a step as undone
#   list RUN · journal RUN                the receipts of a run; its journal entries
#   lock NAME HOLDER · unlock NAME HOLDER
#
# Its path is ROOT/bin/<its own hash>. A token is RUN_PHASE_STEP_ATTEMPT_NAME; its receipt is the directory ROOT/runs/TOKEN:
#   title script journal.json   a description, the script, the step's journal entry
#   owner.PID.BORN.BOOT         the supervisor with its start time and boot; or owner.tombstone
#   started out err             created just before the command starts; its output
#   exit.CODE spare             the exit code; on a full disk the spare file is renamed to it, so that it is never lost
#   stop.REASON undone          why the command was stopped; a rollback has undone it
#   sum.out sum.err             a number of bytes and their sha256, once requested
#
# Every user of the host can read argument lists, and a token is not for everyone: external programs get names relative to
# the receipt, or a descriptor. Only the mv that claims a token has it as an argument, for the duration of a rename.
#
# Everything is a function, and the last line calls one: a part of this file does nothing.
# A fork costs about 1 ms: builtins are preferred. Flushing a file costs as much: names are made durable before contents.

umask 077
export LC_ALL=C
ROOT=${0%/bin/*}
BOOT_ID=${REINSTATE_BOOT_ID_FILE:-/proc/sys/kernel/random/boot_id}

main() {
  case $1 in
    serve) serve ;;
    supervise) supervise ;;
    *) exit 64 ;;
  esac
}

# The supervisor has a session of its own, reads the requests itself and reports through the pipe, so that nothing polls. Its
# parent shell ends at once: waiting for it would occupy the connection's session after the client is gone.
serve() {
  { setsid sh "$0" supervise <&4 4<&- 2>/dev/null & } 4<&0 | answer
}

answer() {
  while read -r nonce verb words; do
    # A last tick of the previous command.
    [ -n "$verb" ] || continue
    # The client discards what login scripts print before this line.
    printf '%s\n' "$nonce" && printf '%s\n' "$nonce" >&2 || return
    set -- $words
    case $verb in
      run) use_token "$1" && hear_news ;;
      follow) use_token "$1" && follow "$2" "$3" ;;
      status) use_token "$1" && judge && sizes && tell_state "$OUT" "$ERR" ;;
      tail) use_token "$1" && tell_tail "$2" ;;
      sums) use_token "$1" && tell_sums "$2" "$3" ;;
      cancel) use_token "$1" && cancel "$2" ;;
      mark-undone) mark_undone "$1" ;;
      list) list "$1" ;;
      journal) journal "$1" ;;
      lock) take_lock "$1" "$2" ;;
      unlock) release_lock "$1" "$2" ;;
      *) exit 64 ;;
    esac || return
  done
}

use_token() {
  TOKEN=$1 RECEIPT=$ROOT/runs/$1
  case $1 in '' | .* | *[!A-Za-z0-9_.-]*) exit 64 ;; *_*_*_*_*) ;; *) exit 64 ;; esac
  STEP=${TOKEN#*_}
  STEP=${STEP%_*_*}
  STEP=${STEP%_*}/${STEP#*_}
  ATTEMPT=${TOKEN%_*}
  ATTEMPT=${ATTEMPT##*_}
}

# For tests of crashes at each of these points; does nothing without the variable.
fail_at() { [ "${REINSTATE_FAILPOINT-}" != "$1" ] || kill -9 $$; }

# ---------------------------------------------------------------- start

hear_news() {
  SENT_OUT=0 SENT_ERR=0
  while read -r news; do
    case $news in
      begun) echo begun ;;
      tick) send_output || return; echo beat ;;
      end) judge; tell_state "$SENT_OUT" "$SENT_ERR"; return ;;
      found) follow 0 0; return ;;
      'refused cannot-write') complain; echo 'state cannot-write - 0 0'; return 74 ;;
      refused*) echo "state ${news#refused } - 0 0"; return ;;
    esac
  done
  # The supervisor was killed, and its receipt has the state. Processes that it left must not block on the pipe.
  exec </dev/null
  follow "$SENT_OUT" "$SENT_ERR"
}

# The supervisor has no stderr, so that it cannot block a connection. Repeats the failed write here, for its error message.
complain() {
  STAGES=
  new_stage && echo trial >"$STAGE/trial"
  rm -rf "$ROOT/runs/.stage.$$".*
}

# Runs one command after another. Exits if it cannot record an end: a receipt without a live supervisor is interrupted.
supervise() {
  # Signals that stop the command must not stop its supervisor, nor must a follower that disconnects.
  trap '' HUP INT TERM PIPE
  sweep
  watchdog=
  while cd / && make_stages; read -r nonce verb words; do
    echo "$nonce $verb $words"
    [ "$verb" != run ] || start $words
    [ -z "$watchdog" ] || wait "$watchdog"
    watchdog=
  done
  [ -z "$STAGES" ] || rm -rf $STAGES
}

start() {
  timeout=$2 cap=$3
  use_token "$1"
  read_input || { echo refused short-input; return; }
  fail_at input-read
  if cleaned; then echo refused cleaned; return; fi
  if [ -e "$RECEIPT" ]; then found; return; fi
  if rewound; then echo refused rewound; return; fi
  claim || return
  fail_at claimed
  cd "$RECEIPT" && command : >started || exit
  set -- script . ..
  # First: flushing it makes ext4 write the script as well, whose blocks are already allocated (make_stages).
  [ -z "$JOURNAL" ] || set -- journal.json "$@"
  make_receipt_durable "$@"
  fail_at started
  echo begun
  if [ -e stop.cancelled ]; then record cancelled; else carry_out; fi
}

# Reads lines of ASCII, escaped for printf %b: environment, journal entry, script, and their lengths. With the lengths, a
# connection that breaks can never run a part of a command, nor an empty one.
read_input() {
  IFS= read -r ENVIRONMENT && IFS= read -r JOURNAL && IFS= read -r SCRIPT && IFS= read -r lengths &&
    [ -n "$SCRIPT" ] && [ "$lengths" = "END ${#ENVIRONMENT} ${#JOURNAL} ${#SCRIPT}" ]
}

# Claims the token by one rename: atomic, and together with script, journal entry and owner, so that a claimed token always
# has an owner. Fails if the directory exists.
claim() {
  new_stage && write_receipt || { echo refused cannot-write; return 1; }
  fail_at staged
  if mv -T "$STAGE" "$RECEIPT" 2>/dev/null; then return; fi
  rm -rf "$STAGE"
  if [ -e "$RECEIPT" ]; then found; else echo refused cannot-write; fi
  return 1
}

# Sets STAGE to an empty directory.
new_stage() {
  [ -n "$STAGES" ] || make_stages || return
  STAGE=${STAGES%% *}
  STAGES=${STAGES#"$STAGE"}
  STAGES=${STAGES# }
  [ -d "$STAGE" ]
}

# Creates several at once, in advance: that is cheaper than one at a time.
make_stages() {
  [ -z "$STAGES" ] || return 0
  set -- "$ROOT/runs/.stage.$$"
  set -- "$1.1" "$1.2" "$1.3" "$1.4"
  # Fails for the first run on this host.
  mkdir "$@" 2>/dev/null || mkdir -p "$@" || return
  STAGES="$*"
  # ext4 allocates the blocks of a rewritten file when it is closed, those of a new file only when it is flushed.
  for stage; do command : >"$stage/script" || return; done
}

# Removes the directories of dead supervisors.
sweep() {
  for stage in "$ROOT"/runs/.stage.*; do
    pid=${stage#"$ROOT/runs/.stage."}
    pid=${pid%.*}
    [ ! -d "$stage" ] || { [ "$pid" != $$ ] && process "$pid"; } || rm -rf "$stage"
  done
}

write_receipt() {
  process $$ && read -r boot <"$BOOT_ID" &&
    command : >"$STAGE/owner.$$.$BORN.$boot" &&
    echo "run ${TOKEN%%_*}, step $STEP, attempt $ATTEMPT, command ${TOKEN##*_}" >"$STAGE/title" &&
    printf %b "$SCRIPT" >"$STAGE/script" &&
    { [ -z "$JOURNAL" ] || printf %b "$JOURNAL" >"$STAGE/journal.json"; } &&
    command : >"$STAGE/out" && command : >"$STAGE/err" && echo 0 >"$STAGE/spare"
}

found() {
  if [ -e "$RECEIPT/undone" ]; then echo refused undone
  elif [ -s "$RECEIPT/script" ] && ! printf %b "$SCRIPT" | (cd "$RECEIPT" && cmp -s - script); then echo refused token-conflict
  elif rewound; then echo refused rewound
  else keep_record && echo begun && echo found; fi
}

# Whether a clean of the run has begun, which removes what undos need: without it, an undo would find nothing to undo.
cleaned() {
  [ -e "$ROOT/runs/${TOKEN%%_*}_run.cleaned_clean_1_begin" ] && [ "${STEP%%/*}" != run.cleaned ]
}

# Whether the step has a later attempt, or was undone. A workflow that was reset to before that must ask. Measurements
# (attempt "inspect") and undos have no order.
rewound() {
  case $ATTEMPT in *[!0-9]*) return 1 ;; esac
  for other in "$ROOT/runs/${TOKEN%_*_*}"_*; do
    case $other in *'*') continue ;; esac
    theirs=${other%_*}
    theirs=${theirs##*_}
    case $theirs in '' | *[!0-9]*) continue ;; esac
    [ "$theirs" -le "$ATTEMPT" ] || return 0
    [ "$theirs" -ne "$ATTEMPT" ] || [ ! -e "$other/undone" ] || return 0
  done
  return 1
}

carry_out() {
  (
    trap - HUP INT TERM PIPE
    umask 022
    cd /
    # As arguments: the environment may contain a variable of any name.
    set -- "$ROOT" "$TOKEN"
    [ -z "$ENVIRONMENT" ] || eval "$(printf %b "$ENVIRONMENT")"
    export REINSTATE_TOKEN="$2"
    exec sh -c 'REINSTATE_ROOT=$1; shift; . "$REINSTATE_ROOT/runs/$REINSTATE_TOKEN/script"' sh "$1"
  ) </dev/null >>out 2>>err &
  command=$!
  ENVIRONMENT=
  watch "$command" "$timeout" "$cap" </dev/null &
  watchdog=$!
  wait "$command"
  code=$?
  kill -9 "$watchdog"
  fail_at ended
  # Stops the whole session, also if the command itself has ended since.
  for reason in timeout overcap; do [ ! -e "stop.$reason" ] || stop_session "$reason" 2; done
  # A command that was stopped may exit with 0 after half its work: the reason counts, not the code.
  for reason in timeout overcap cancelled; do [ ! -e "stop.$reason" ] || code=$reason; done
  record "$code"
}

record() {
  command : >"exit.$1" || mv spare "exit.$1" || exit
  fail_at recorded
  # The output can be sent while the record is made durable, its end only after that.
  echo tick
  make_end_durable
  echo end
}

# In the directory of the receipt.
make_end_durable() {
  set -- . "$@"
  for name in out err; do [ ! -s "$name" ] || set -- "$name" "$@"; done
  make_receipt_durable "$@"
}

# Not for a measurement: one that a power cut loses is repeated under another token.
make_receipt_durable() { [ "$ATTEMPT" = inspect ] || make_durable "$@"; }

make_durable() { sync "$@" 2>/dev/null || sync; }

# Sends ticks to the follower, and stops a command at its timeout or output cap. Measures uptime, which setting the time of
# day does not change.
watch() {
  read -r up _ </proc/uptime
  deadline=$((${up%.*} + $2 + 1)) pause=0.2
  while nap "$pause" && process "$1"; do
    echo tick
    sizes
    read -r up _ </proc/uptime
    if [ $((OUT + ERR)) -gt "$3" ]; then stop_session overcap 2
    elif [ "${up%.*}" -ge "$deadline" ]; then stop_session timeout 5; fi
    longer_pause
  done
}

# ---------------------------------------------------------------- follow

follow() {
  SENT_OUT=$1 SENT_ERR=$2 pause=0.2
  while :; do
    judge
    send_output || return
    case $STATE in
      running | orphaned) ;;
      # A state that was sent must survive a power cut.
      *) keep_record; tell_state "$SENT_OUT" "$SENT_ERR"; return ;;
    esac
    echo beat || return
    nap "$pause"
    longer_pause
  done
}

keep_record() { ! cd "$RECEIPT" 2>/dev/null || make_end_durable ..; }

nap() { sleep "$1" 2>/dev/null || sleep 1; }

longer_pause() { case $pause in 0.2) pause=0.4 ;; 0.4) pause=0.8 ;; *) pause=1 ;; esac; }

sizes() {
  OUT=0 ERR=0
  cd "$RECEIPT" 2>/dev/null && { [ -s out ] || [ -s err ]; } || return 0
  set -- $(wc -c out err 2>/dev/null)
  OUT=${1:-0} ERR=${3:-0}
}

send_output() {
  sizes
  while [ "$SENT_OUT" -lt "$OUT" ]; do send_part out "$SENT_OUT" "$OUT" || return; SENT_OUT=$((SENT_OUT + PART)); done
  while [ "$SENT_ERR" -lt "$ERR" ]; do send_part err "$SENT_ERR" "$ERR" || return; SENT_ERR=$((SENT_ERR + PART)); done
}

# In the directory of the receipt, where `sizes` has changed to.
send_part() {
  PART=$(($3 - $2))
  [ "$PART" -le 1048576 ] || PART=1048576
  echo "$1 $2 $PART" || return
  if [ "$2" = 0 ]; then head -c "$PART" "$1"; else tail -c "+$(($2 + 1))" "$1" | head -c "$PART"; fi
}

# With the sizes that were sent: output of a process that outlives the command is not part of the answer.
tell_state() { echo "state $STATE $CODE $1 $2"; }

tell_tail() {
  judge
  sizes
  SENT_OUT=$((OUT > $1 ? OUT - $1 : 0)) SENT_ERR=$((ERR > $1 ? ERR - $1 : 0))
  send_output && tell_state "$SENT_OUT" "$SENT_ERR"
}

# Of the bytes that were sent, not of later output. Kept, so that each sum is computed once.
tell_sums() {
  sum_of out "$1" && out_sum=$SUM && sum_of err "$2" && echo "sums $out_sum $SUM" && echo done
}

sum_of() {
  size= SUM=-
  [ "$2" -gt 0 ] || return 0
  cd "$RECEIPT" || return
  { read -r size SUM <"sum.$1"; } 2>/dev/null
  if [ "$size" = "$2" ] && [ -n "$SUM" ]; then return 0; fi
  SUM=-
  command -v sha256sum >/dev/null || return 0
  SUM=$(head -c "$2" "$1" | sha256sum) || return
  SUM=${SUM%% *}
  # On a full disk the next request computes it again.
  { echo "$2 $SUM" >"sum.$1"; } 2>/dev/null || rm -f "sum.$1"
}

# ---------------------------------------------------------------- state

# Sets STATE, CODE and SUPERVISOR. STATE is none, running, exited, not-started, interrupted, interrupted-reboot, orphaned (the
# supervisor is dead, its command is not) or tombstoned.
judge() {
  CODE=- STATE=exited SUPERVISOR= born= boot= reused=
  if has_ended; then return; fi
  if [ ! -e "$RECEIPT" ]; then STATE=none; return; fi
  if [ -e "$RECEIPT/owner.tombstone" ]; then STATE=tombstoned; return; fi
  for owner in "$RECEIPT"/owner.*; do SUPERVISOR=${owner##*/owner.}; done
  boot=${SUPERVISOR##*.}
  SUPERVISOR=${SUPERVISOR%.*}
  born=${SUPERVISOR##*.}
  SUPERVISOR=${SUPERVISOR%.*}
  read -r this_boot <"$BOOT_ID"
  if [ "$boot" = "$this_boot" ] && process "$SUPERVISOR"; then
    if [ "$BORN" = "$born" ]; then STATE=running; return; fi
    # The kernel reuses a PID only after its session is empty: the command has ended.
    reused=yes
  fi
  # It may have ended since the first check.
  if has_ended; then return; fi
  if [ ! -e "$RECEIPT/started" ]; then STATE=not-started
  elif [ "$boot" != "$this_boot" ]; then STATE=interrupted-reboot
  elif [ -z "$reused" ] && find_session "$SUPERVISOR" && [ -n "$SESSION" ]; then STATE=orphaned
  else STATE=interrupted; fi
}

has_ended() {
  for name in "$RECEIPT"/exit.*; do
    if [ -e "$name" ]; then CODE=${name##*/exit.}; return 0; fi
  done
  return 1
}

# Sets BORN (start time) and OF_SESSION; fails if the process is gone. A zombie is gone, although `kill -0` succeeds.
process() {
  line=
  # The name of the process is in parentheses, and may contain spaces, parentheses and line breaks.
  while IFS= read -r part || [ -n "$part" ]; do line="$line $part"; done 2>/dev/null <"/proc/$1/stat"
  set -- ${line##*) }
  case ${1:-X} in Z | X) return 1 ;; esac
  OF_SESSION=$4
  shift 19
  BORN=$1
}

# Sets SESSION to the processes of a session, without its leader (the supervisor), this shell, and processes that an earlier
# command of the same supervisor left running.
find_session() {
  SESSION=
  # Session 0 belongs to the kernel and 1 to init: such an owner is corrupt.
  case $1 in '' | 0 | 1 | *[!0-9]*) return ;; esac
  read -r self _ </proc/self/stat
  for entry in /proc/[0-9]*; do
    entry=${entry#/proc/}
    if process "$entry" && [ "$OF_SESSION" = "$1" ] && [ "$entry" != "$1" ] && [ "$entry" != "$self" ] &&
      ! of_another "$entry"; then
      SESSION="$SESSION $entry"
    fi
  done
}

of_another() {
  mark=$(tr '\0' '\n' 2>/dev/null <"/proc/$1/environ" | grep '^REINSTATE_TOKEN=')
  case $mark in '' | "REINSTATE_TOKEN=$TOKEN") return 1 ;; esac
}

# ---------------------------------------------------------------- stop

cancel() {
  grace=$1
  # A tombstone claims a free token, so that the command can never start.
  STAGES=
  new_stage && command : >"$STAGE/owner.tombstone" && mv -T "$STAGE" "$RECEIPT" 2>/dev/null
  rm -rf "$ROOT/runs/.stage.$$".*
  # Repeatedly: a command that is claimed and has not started has no session yet, and still starts.
  left=50
  while :; do
    judge
    case $STATE in running | orphaned) ;; *) break ;; esac
    [ "$left" -gt 0 ] || break
    stop_session cancelled "$grace"
    left=$((left - 1))
    nap 0.1
  done
  keep_record
  sizes
  tell_state "$OUT" "$ERR"
}

# TERM to the whole session, KILL to the rest after the grace period. The supervisor survives, to record the end.
stop_session() {
  : >"$RECEIPT/stop.$1"
  leader=${SUPERVISOR:-$$} tenths=$(($2 * 10)) signal=TERM
  while find_session "$leader" && [ -n "$SESSION" ]; do
    # Again each second, for new processes.
    [ $((tenths % 10)) -ne 0 ] || kill -s "$signal" $SESSION 2>/dev/null
    nap 0.1
    tenths=$((tenths - 1))
    [ "$tenths" -gt 0 ] || signal=KILL
    [ "$tenths" -gt -50 ] || break
  done
}

# ---------------------------------------------------------------- all receipts of a step or a run

mark_undone() {
  for receipt in "$ROOT/runs/$1"_*; do
    attempt=${receipt%_*}
    attempt=${attempt##*_}
    case $attempt in *[!0-9]*) continue ;; esac
    [ -d "$receipt" ] || continue
    cd "$receipt" && : >undone && make_durable . || exit 74
  done
  echo done
}

# token, state, code, bytes of out and err, when started and ended (seconds since 1970, or -), undone or -
list() {
  for RECEIPT in "$ROOT/runs/$1"_*; do
    [ -d "$RECEIPT" ] || continue
    judge
    sizes
    undone=- began=- ended=-
    [ ! -e "$RECEIPT/undone" ] || undone=undone
    cd "$RECEIPT" || continue
    [ ! -e started ] || began=$(stat -c %Y started)
    # The time at which its name was created or changed, not its content.
    [ "$STATE" != exited ] || ended=$(stat -c %Z "exit.$CODE")
    echo "receipt ${RECEIPT##*/} $STATE $CODE $OUT $ERR $began $ended $undone"
  done
  echo done
}

journal() {
  for entry in "$ROOT/runs/$1"_*/journal.json; do
    [ -e "$entry" ] || continue
    token=${entry%/*}
    printf 'journal %s ' "${token##*/}"
    cat <"$entry"
    echo
  done
  echo done
}

# ---------------------------------------------------------------- locks

# A link is atomic, and the file already contains the holder's name.
take_lock() {
  mkdir -p "$ROOT/locks" && echo "$2" >"$ROOT/locks/.$$" || exit 74
  make_durable "$ROOT/locks/.$$"
  ln "$ROOT/locks/.$$" "$ROOT/locks/$1" 2>/dev/null
  rm -f "$ROOT/locks/.$$"
  make_durable "$ROOT/locks"
  read -r holder <"$ROOT/locks/$1" || exit 74
  echo "holder $holder"
  echo done
}

release_lock() {
  read -r holder 2>/dev/null <"$ROOT/locks/$1" && [ "$holder" = "$2" ] && rm -f "$ROOT/locks/$1"
  make_durable "$ROOT/locks"
  echo done
}

main "$@"
