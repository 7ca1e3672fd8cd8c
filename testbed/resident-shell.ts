import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import type { Socket } from 'node:net'
import { quote } from '../src/shell/script.ts'
import type { Answer } from './outer-docker.ts'

/** Shells that stay in a test host and run one script after another: a `docker exec` for each costs more than most scripts do. */
export interface ResidentShells {
  /** Runs a script as `sh -c` does, in /, without input. After the timeout returns 124; the script may continue. */
  readonly exec: (
    script: string,
    options: { readonly env: Readonly<Record<string, string>>; readonly timeoutSeconds: number },
  ) => Promise<Answer>
  /** Ends the shells that wait. Later scripts start others. */
  readonly drop: () => void
}

// Reads `BYTES BYTES`, then so many of variables and of script; answers `CODE BYTES BYTES`, then both outputs. New files for each
// script: what it leaves running may go on writing to them. Variables stand in a file, for secrets must not stand in argv.
const LOOP = String.raw`
dir=$(mktemp -d /dev/shm/resident.XXXXXX)
n=0
while read -r variables script; do
  n=$((n + 1))
  head -c "$variables" > "$dir/variables"
  head -c "$script" > "$dir/script"
  (. "$dir/variables"; exec sh -c "$(cat "$dir/script")") < /dev/null > "$dir/out$n" 2> "$dir/err$n"
  code=$?
  out=$(stat -c %s "$dir/out$n") err=$(stat -c %s "$dir/err$n")
  echo "$code $out $err"
  head -c "$out" "$dir/out$n"
  head -c "$err" "$dir/err$n"
  rm -f "$dir/out$n" "$dir/err$n"
done
rm -rf "$dir"
`

export function residentShells(container: string): ResidentShells {
  const idle = new Set<Shell>()
  return {
    exec: async (script, { env, timeoutSeconds }) => {
      const shell = [...idle].find(({ hasEnded }) => !hasEnded) ?? startShell(container)
      idle.delete(shell)
      const answer = await shell.run(script, env, timeoutSeconds)
      if (!shell.hasEnded) idle.add(shell)
      return answer
    },
    drop: () => {
      for (const shell of idle) shell.end()
      idle.clear()
    },
  }
}

interface Shell {
  readonly hasEnded: boolean
  readonly run: (script: string, env: Readonly<Record<string, string>>, seconds: number) => Promise<Answer>
  readonly end: () => void
}

function startShell(container: string): Shell {
  const child = spawn('docker', ['exec', '-i', container, 'sh', '-c', LOOP])
  let hasEnded = false
  let [printed, complaint] = [Buffer.alloc(0), '']
  let arrived = () => {}
  // Written to after its end.
  child.stdin.on('error', () => {})
  child.stdout.on('data', (bytes: Buffer) => {
    printed = Buffer.concat([printed, bytes])
    arrived()
  })
  child.stderr.on('data', (bytes: Buffer) => (complaint += bytes.toString()))
  const end = () => {
    hasEnded = true
    child.kill('SIGKILL')
    arrived()
  }
  child.on('error', end)
  child.on('close', end)
  holdProcess(child, false)

  const run: Shell['run'] = async (script, env, seconds) => {
    holdProcess(child, true)
    const timer = setTimeout(end, seconds * 1000)
    const variables = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}\n`)
    const [first, second] = [Buffer.from(variables.join('')), Buffer.from(script)]
    child.stdin.write(Buffer.concat([Buffer.from(`${first.length} ${second.length}\n`), first, second]))
    const startedAt = performance.now()
    try {
      for (;;) {
        const answer = answerIn(printed)
        if (answer) {
          printed = Buffer.alloc(0)
          return answer
        }
        if (hasEnded) break
        await new Promise<void>((resolve) => (arrived = resolve))
      }
      const isLate = performance.now() - startedAt >= seconds * 1000
      return {
        exitCode: isLate ? 124 : (child.exitCode ?? 137),
        stdout: '',
        stderr: isLate ? `no answer in ${seconds} s` : complaint || `the shell in ${container} has ended`,
      }
    } finally {
      clearTimeout(timer)
      holdProcess(child, false)
    }
  }
  return {
    get hasEnded() {
      return hasEnded
    },
    run,
    end,
  }
}

/** The answer, once all of it has come. */
function answerIn(printed: Buffer): Answer | undefined {
  const end = printed.indexOf('\n')
  if (end < 0) return undefined
  const [exitCode = 0, out = 0, err = 0] = printed.toString('latin1', 0, end).split(' ').map(Number)
  const body = printed.subarray(end + 1)
  if (body.length < out + err) return undefined
  return {
    exitCode,
    stdout: body.toString('utf8', 0, out),
    stderr: body.toString('utf8', out, out + err),
  }
}

/** A shell that waits must not keep this process from its end. */
function holdProcess(child: ChildProcessWithoutNullStreams, holds: boolean): void {
  for (const one of [child, child.stdin, child.stdout, child.stderr] as (
    ChildProcessWithoutNullStreams | Socket
  )[])
    if (holds) one.ref()
    else one.unref()
}
