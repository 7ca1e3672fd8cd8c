#!/bin/sh
# Words that come over the connection are split on purpose, and "done" is an answer.
# shellcheck disable=SC1010,SC2046,SC2086
# Commands on this host: each starts at most once, and how it ended is recorded once.
#
# `sh THIS serve` answers requests on stdin one after another, each a line "NONCE VERB WORDS"; the answer begins with the
# nonce. By hand: echo - status TOKEN | sh THIS serve
#
#   run TOKEN TIMEOUT_SECONDS CAP_BYTES   starts the command given in the next lines, or finds it; then as follow from 0 0
#   follow TOKEN OUT ERR                  sends output from these offsets on, and the state once it has ended
#   status TOKEN · tail TOKEN BYTES       the state; the same after the last bytes of the output
#   sums TOKEN OUT ERR                    sha256 of so many bytes of each output, or -
#   cancel TOKEN GRACE_SECONDS            stops it; one that has not started never will
#   mark-undone RUN_PHASE_STEP            its receipts no longer count as done
#   list RUN · journal RUN                the receipts of a run; its journal entries
#   lock NAME HOLDER · unlock NAME HOLDER
#
# It lies at ROOT/bin/<its own hash>. A token is RUN_PHASE_STEP_GENERATION_NAME; its receipt is ROOT/runs/TOKEN:
#   title script journal.json   what it is, what was run, what would undo it
#   owner.PID.BORN.BOOT         its supervisor, when that was born and in which boot; or owner.tombstone
#   started out err             made just before the command begins; its output
#   exit.CODE spare             how it ended; a full disk cannot lose the code, for then the spare file is renamed to it
#   stop.REASON undone          why it was stopped; a rollback has undone it
#   sum.out sum.err             how many bytes, and their sha256: only where somebody asked for it
#
# Everything is a function and the last line calls one: half of this file does nothing.
# A fork costs about a millisecond, so builtins do what they can; what must outlive a power cut is names before contents,
# for each file to be flushed costs as much.

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

# The supervisor leaves this session, reads the requests itself, and tells its news through the pipe: nobody has to poll.
# It is in the background of a shell that ends at once: a shell that waited for it would hold on to the connection's
# slot after the client is gone.
serve() {
  { setsid sh "$0" supervise <&4 4<&- 2>/dev/null & } 4<&0 | answer
}

answer() {
  while read -r nonce verb words; do
    # A last tick of the command before.
    [ -n "$verb" ] || continue
    # The client throws away what login scripts printed before this line.
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
  GENERATION=${TOKEN%_*}
  GENERATION=${GENERATION##*_}
}

# For tests of every place where a power cut could strike; without the variable it does nothing.
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
  # The supervisor was killed; its receipt tells more. What it left running must not wait for us to read its news.
  exec </dev/null
  follow "$SENT_OUT" "$SENT_ERR"
}

# The supervisor has no stderr, so that a client's connection never hangs on it: the same is tried here, to be heard.
complain() {
  STAGES=
  new_stage && echo trial >"$STAGE/trial"
  rm -rf "$ROOT/runs/.stage.$$".*
}

# One command after another. Where one cannot be recorded the supervisor ends: its receipts tell by that that it is over.
supervise() {
  # What stops the command must not stop the one who records how it ended; a follower that hung up is no reason either.
  trap '' HUP INT TERM PIPE
  cd /
  sweep
  watchdog=
  while make_stages; read -r nonce verb words; do
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
  if [ -e "$RECEIPT" ]; then found; return; fi
  if rewound; then echo refused rewound; return; fi
  claim || return
  fail_at claimed
  command : >"$RECEIPT/started" || exit
  set -- "$RECEIPT/script" "$RECEIPT" "$ROOT/runs"
  # First: what ext4 writes for it brings along the script, which has its place on the disk already (make_stages).
  [ -z "$JOURNAL" ] || set -- "$RECEIPT/journal.json" "$@"
  make_receipt_durable "$@"
  fail_at started
  echo begun
  if [ -e "$RECEIPT/stop.cancelled" ]; then record cancelled; else carry_out; fi
}

# Lines of ASCII, escaped for printf %b: environment, journal entry, script, and last their lengths. A connection cut
# on the way can then never run half a command, nor an empty one.
read_input() {
  IFS= read -r ENVIRONMENT && IFS= read -r JOURNAL && IFS= read -r SCRIPT && IFS= read -r lengths &&
    [ -n "$SCRIPT" ] && [ "$lengths" = "END ${#ENVIRONMENT} ${#JOURNAL} ${#SCRIPT}" ]
}

# One rename takes the name: atomic, and it brings script, journal entry and owner along, so that there is no moment in
# which the token is claimed by nobody knows whom. It fails where the directory exists.
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

# Several at once, and before they are needed: that is what a mkdir costs less then.
make_stages() {
  [ -z "$STAGES" ] || return 0
  set -- "$ROOT/runs/.stage.$$"
  set -- "$1.1" "$1.2" "$1.3" "$1.4"
  # Where that fails it is the first run on this host.
  mkdir "$@" 2>/dev/null || mkdir -p "$@" || return
  STAGES="$*"
  # A file written anew is given its place by ext4 as soon as it is closed, one just made only when it is flushed.
  for stage; do command : >"$stage/script" || return; done
}

# What dead supervisors left.
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
    echo "run ${TOKEN%%_*}, step $STEP, attempt $GENERATION, command ${TOKEN##*_}" >"$STAGE/title" &&
    printf %b "$SCRIPT" >"$STAGE/script" &&
    { [ -z "$JOURNAL" ] || printf %b "$JOURNAL" >"$STAGE/journal.json"; } &&
    command : >"$STAGE/out" && command : >"$STAGE/err" && echo 0 >"$STAGE/spare"
}

found() {
  if [ -e "$RECEIPT/undone" ]; then echo refused undone
  elif [ -s "$RECEIPT/script" ] && ! printf %b "$SCRIPT" | cmp -s - "$RECEIPT/script"; then echo refused token-conflict
  elif rewound; then echo refused rewound
  else keep_record && echo begun && echo found; fi
}

# Whether this step has already come further: to a later attempt, or to its undoing. A workflow that was reset to
# before that must ask, not act. Looks (attempt "look") and undos have no order of their own.
rewound() {
  case $GENERATION in *[!0-9]*) return 1 ;; esac
  for other in "$ROOT/runs/${TOKEN%_*_*}"_*; do
    case $other in *'*') continue ;; esac
    theirs=${other%_*}
    theirs=${theirs##*_}
    case $theirs in '' | *[!0-9]*) continue ;; esac
    [ "$theirs" -le "$GENERATION" ] || return 0
    [ "$theirs" -ne "$GENERATION" ] || [ ! -e "$other/undone" ] || return 0
  done
  return 1
}

carry_out() {
  (
    trap - HUP INT TERM PIPE
    umask 022
    # As arguments: the environment may hold a variable of any name.
    set -- "$RECEIPT/script" "$TOKEN"
    [ -z "$ENVIRONMENT" ] || eval "$(printf %b "$ENVIRONMENT")"
    export REINSTATE_TOKEN="$2"
    exec sh "$1"
  ) </dev/null >>"$RECEIPT/out" 2>>"$RECEIPT/err" &
  command=$!
  ENVIRONMENT=
  watch "$command" "$timeout" "$cap" </dev/null &
  watchdog=$!
  wait "$command"
  code=$?
  kill -9 "$watchdog"
  fail_at ended
  # Whoever is stopped is stopped with what it started, also where it left before that.
  for reason in timeout overcap; do [ ! -e "$RECEIPT/stop.$reason" ] || stop_session "$reason" 2; done
  # A command that was told to stop may leave with 0 and half its work: the reason counts, not the code.
  for reason in timeout overcap cancelled; do [ ! -e "$RECEIPT/stop.$reason" ] || code=$reason; done
  record "$code"
}

record() {
  command : >"$RECEIPT/exit.$1" || mv "$RECEIPT/spare" "$RECEIPT/exit.$1" || exit
  fail_at recorded
  # The output can be on its way while the record is made durable; its end is only told after that.
  echo tick
  make_end_durable
  echo end
}

make_end_durable() {
  set -- "$RECEIPT" "$@"
  for name in out err; do [ ! -s "$RECEIPT/$name" ] || set -- "$RECEIPT/$name" "$@"; done
  make_receipt_durable "$@"
}

# A measurement that a power cut takes is made again, under another token.
make_receipt_durable() { [ "$GENERATION" = look ] || make_durable "$@"; }

make_durable() { sync "$@" 2>/dev/null || sync; }

# Ticks for whoever follows, and stops a command that takes too long or prints too much. Its clock is the uptime:
# setting the time of day does nothing to it.
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
      # Who is told how it ended may rely on it: not even a power cut takes that back.
      *) keep_record; tell_state "$SENT_OUT" "$SENT_ERR"; return ;;
    esac
    echo beat || return
    nap "$pause"
    longer_pause
  done
}

keep_record() {
  [ ! -e "$RECEIPT" ] || make_end_durable "$ROOT/runs"
}

nap() { sleep "$1" 2>/dev/null || sleep 1; }

longer_pause() { case $pause in 0.2) pause=0.4 ;; 0.4) pause=0.8 ;; *) pause=1 ;; esac; }

sizes() {
  OUT=0 ERR=0
  [ -s "$RECEIPT/out" ] || [ -s "$RECEIPT/err" ] || return 0
  set -- $(wc -c "$RECEIPT/out" "$RECEIPT/err" 2>/dev/null)
  OUT=${1:-0} ERR=${3:-0}
}

send_output() {
  sizes
  while [ "$SENT_OUT" -lt "$OUT" ]; do send_part out "$SENT_OUT" "$OUT" || return; SENT_OUT=$((SENT_OUT + PART)); done
  while [ "$SENT_ERR" -lt "$ERR" ]; do send_part err "$SENT_ERR" "$ERR" || return; SENT_ERR=$((SENT_ERR + PART)); done
}

send_part() {
  PART=$(($3 - $2))
  [ "$PART" -le 1048576 ] || PART=1048576
  echo "$1 $2 $PART" || return
  if [ "$2" = 0 ]; then head -c "$PART" "$RECEIPT/$1"; else tail -c "+$(($2 + 1))" "$RECEIPT/$1" | head -c "$PART"; fi
}

# With sizes as sent: what a forgotten child of the command prints after its end is not part of the answer.
tell_state() { echo "state $STATE $CODE $1 $2"; }

tell_tail() {
  judge
  sizes
  SENT_OUT=$((OUT > $1 ? OUT - $1 : 0)) SENT_ERR=$((ERR > $1 ? ERR - $1 : 0))
  send_output && tell_state "$SENT_OUT" "$SENT_ERR"
}

# Of as much as was told: what a forgotten child prints later does not count. Kept, so that it is reckoned once.
tell_sums() {
  sum_of out "$1" && out_sum=$SUM && sum_of err "$2" && echo "sums $out_sum $SUM" && echo done
}

sum_of() {
  size= SUM=-
  [ "$2" -gt 0 ] || return 0
  { read -r size SUM <"$RECEIPT/sum.$1"; } 2>/dev/null
  if [ "$size" = "$2" ] && [ -n "$SUM" ]; then return 0; fi
  SUM=-
  command -v sha256sum >/dev/null || return 0
  SUM=$(head -c "$2" "$RECEIPT/$1" | sha256sum) || return
  SUM=${SUM%% *}
  # Where the disk is full it is reckoned again when somebody asks again.
  { echo "$2 $SUM" >"$RECEIPT/sum.$1"; } 2>/dev/null || rm -f "$RECEIPT/sum.$1"
}

# ---------------------------------------------------------------- what a receipt says

# Sets STATE, CODE and SUPERVISOR: none · running · exited · not-started · interrupted · interrupted-reboot · orphaned
# (the supervisor is gone, the command is not) · tombstoned.
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
    # A number is given out again once nobody is left in its session: whoever has it now, ours has ended.
    reused=yes
  fi
  # It may have ended between the two looks.
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

# Sets BORN (start time), OF_SESSION; fails where the process is gone. A zombie is gone: `kill -0` would say it lives.
process() {
  line=
  # The name in it is in parentheses, and may hold spaces, parentheses and line ends.
  while IFS= read -r part || [ -n "$part" ]; do line="$line $part"; done 2>/dev/null <"/proc/$1/stat"
  set -- ${line##*) }
  case ${1:-X} in Z | X) return 1 ;; esac
  OF_SESSION=$4
  shift 19
  BORN=$1
}

# Sets SESSION to the processes of a session, without the supervisor (who leads it) and without this shell. What an
# earlier command of the same supervisor has left running is not in it.
find_session() {
  SESSION=
  # Session 0 is the kernel's, 1 is init's: an owner that says so is broken.
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
  # A tombstone takes the name if it is still free: whoever comes later finds it, and nothing starts.
  STAGES=
  new_stage && command : >"$STAGE/owner.tombstone" && mv -T "$STAGE" "$RECEIPT" 2>/dev/null
  rm -rf "$ROOT/runs/.stage.$$".*
  # More than once: what is claimed and not begun has no session yet, and begins all the same.
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

# TERM to the whole session, KILL to what is left after the grace. The supervisor stays, to record the end.
stop_session() {
  : >"$RECEIPT/stop.$1"
  leader=${SUPERVISOR:-$$} tenths=$(($2 * 10)) signal=TERM
  while find_session "$leader" && [ -n "$SESSION" ]; do
    # Every second again, for those that were born meanwhile.
    [ $((tenths % 10)) -ne 0 ] || kill -s "$signal" $SESSION 2>/dev/null
    nap 0.1
    tenths=$((tenths - 1))
    [ "$tenths" -gt 0 ] || signal=KILL
    [ "$tenths" -gt -50 ] || break
  done
}

# ---------------------------------------------------------------- all receipts of a step or a run

mark_undone() {
  set -- "$ROOT/runs/$1"_*
  for receipt; do
    attempt=${receipt%_*}
    attempt=${attempt##*_}
    case $attempt in *[!0-9]*) continue ;; esac
    [ ! -d "$receipt" ] || : >"$receipt/undone" || exit 74
  done
  [ ! -d "$1" ] || make_durable "$@"
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
    [ ! -e "$RECEIPT/started" ] || began=$(stat -c %Y "$RECEIPT/started")
    # When its name was made or changed, not its content.
    [ "$STATE" != exited ] || ended=$(stat -c %Z "$RECEIPT/exit.$CODE")
    echo "receipt ${RECEIPT##*/} $STATE $CODE $OUT $ERR $began $ended $undone"
  done
  echo done
}

journal() {
  for entry in "$ROOT/runs/$1"_*/journal.json; do
    [ -e "$entry" ] || continue
    token=${entry%/*}
    printf 'journal %s ' "${token##*/}"
    cat "$entry"
    echo
  done
  echo done
}

# ---------------------------------------------------------------- locks

# A link is atomic, and brings the holder's name along.
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
