import type { Question } from '../shell/command.ts'
import { quote } from '../shell/script.ts'
import { exportLines } from './environment.ts'

/** The line by which the shell knows that the answer arrived. */
export const HEARD = '\n'

/**
 * One compound command, which a shell reads whole before it does any of it: a connection cut on the way asks nothing.
 * Marks with the nonce, on both outputs, end what login scripts printed and the answer; the last one on stderr brings the
 * exit code. The answer goes through `cat`, so that nothing that the question leaves running can speak into the next one.
 *
 * The shell waits to be told that the answer was heard. Where its input ends instead, nobody waits for one any more, and what
 * the question has started is stopped. It goes by parents: the process group may be that of the host's own sshd.
 */
export function program({ script, environment }: Question, nonce: string): string {
  return `{
echo ${begin(nonce)}
echo ${begin(nonce)} >&2
{ {
(
export LC_ALL=C
${exportLines(environment)}eval ${quote(`${script}\n`)}
) </dev/null
echo "${end(nonce)} $?" >&2
} | cat
echo ${end(nonce)}
} &
read -r heard || { ${STOP}
} 2>/dev/null
wait
}
`
}

/**
 * Asks the last job and all below it to end; two seconds later kills what is left, if it is still of this session. A job that
 * has ended may have left its number to somebody else's process: then nothing is asked of that one.
 */
const STOP = `of() { read -r line <"/proc/$1/stat" && set -- \${line##*) } && parent=$2 session=$4; }
of $! && [ "$parent" = $$ ] || exit 0
all=" $! "
while before=$all; do
for pid in /proc/[0-9]*; do
pid=\${pid#/proc/}
of "$pid" || continue
case $all in *" $pid "*) ;; *" $parent "*) all="$all$pid " ;; esac
done
[ "$all" != "$before" ] || break
done
kill -s TERM $all
sleep 2
of $$
own=$session
for pid in $all; do
of "$pid" && [ "$session" = "$own" ] && kill -s KILL "$pid"
done`

export const begin = (nonce: string): string => `begin-${nonce}`
export const end = (nonce: string): string => `end-${nonce}`
