import { StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { lines, sh } from '../../shell/script.ts'
import { amount, maybe, once, readFacts } from '../facts.ts'
import { copyWords, type Copy } from './scripts.ts'
import { referenceWords } from '../shared/path-references.ts'
import { inWords } from '../in-words.ts'

/** All that decides whether a tree can be copied, but for what its files hold, found in one exec. */
export async function lookAtCopy({ from, to }: Copy, host: HostView) {
  const script = sh`
target=absent source=absent parent=missing
[ ! -e "\${to%/*}" ] || parent=other
[ ! -d "\${to%/*}" ] || parent=directory
printf 'symlinkFrom=%s\\nsymlinkTo=%s\\n' "$(symlink_in "$from")" "$(symlink_in "$to")"
[ ! -e "$to" ] || target=other
if [ -d "$to" ]; then
  target=empty
  [ -z "$(ls -A -- "$to")" ] || target=full
  printf 'access=%s\\n' "$(stat -c '%a %u:%g' -- "$to")"
  if [ "$target" = empty ]; then
    mounts=$(mounts_in "$to") || exit 3
    [ -z "$mounts" ] || printf 'mounted=%s\\n' "$(printf '%s\\n' "$mounts" | head -n 1)"
    binds=$(binds_in "$to") || exit 3
    printf '%s\\n' "$binds" | sed -n 's/^\\([^|]*\\)|\\(true\\|held\\)|.*/bound=\\1/p' | head -n 1
  fi
fi
[ ! -e "$from" ] || source=other
totals='files=0
bytes=0'
if [ -d "$from" ]; then
  source=directory
  totals=$(find "$from" -printf '%y %s %D:%i\\n' | awk '$1 == "f" { files++; if (!met[$3]++) bytes += $2 } END { printf "files=%.0f\\nbytes=%.0f", files, bytes }')
  find "$from" -maxdepth 3 -name postmaster.pid -printf 'postmaster=%p\\n' -quit
fi
free=0
[ "$parent" != directory ] || free=$(df -B1 --output=avail -- "\${to%/*}" | tail -n 1)
printf 'target=%s\\nsource=%s\\nparent=%s\\n%s\\nfree=%s\\n' "$target" "$source" "$parent" "$totals" "$((free))"`
  const words = copyWords({ from, to, into: 'fresh' }, host)
  const output = await host.ask(question(lines(words, referenceWords, script), { timeoutSeconds: 3600 }))
  return readFacts(output, {
    symlinkFrom: once,
    symlinkTo: once,
    access: maybe,
    mounted: maybe,
    bound: maybe,
    files: amount,
    bytes: amount,
    postmaster: maybe,
    target: once,
    source: once,
    parent: once,
    free: amount,
  })
}

/** @throws StepRefused where the source is no clean tree, or the target cannot take it. */
export function refuseCopy({ from, to, into }: Copy, found: Awaited<ReturnType<typeof lookAtCopy>>): void {
  const no = (reason: string) => {
    throw new StepRefused(reason)
  }
  if (found.source === 'other')
    no(`the source ${from} is not a directory; write a single file with file-write`)
  if (found.files === 0)
    no(`the source ${from} holds no file; an empty source is never copied. Check the path`)
  if (found.postmaster)
    no(`${found.postmaster} is there: this database is running or was not shut down; stop it first`)
  if (found.parent !== 'directory' || found.target === 'other') no(`${to}, or its directory, is no directory`)
  if (found.target === 'full' && into === 'fresh')
    no(`${to} is not empty; name a fresh directory, or say into: existing to add what is missing`)
  if (found.mounted && found.target === 'empty' && into === 'fresh')
    no(`${to} cannot be replaced: ${found.mounted}; say into: existing, or name a directory below it`)
  if (found.free < found.bytes * 1.05 && found.target !== 'full')
    no(
      `the source ${from} needs ${inWords(found.bytes)} and 5 % to spare, but ${inWords(found.free)} are free at ${to}`,
    )
}
