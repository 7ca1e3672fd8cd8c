/**
 * Builds the CLI as bundles with V8's code cache, as part of `npm run build`. Loading a thousand small files takes three times
 * as long as most commands. dist/quick.cjs has the commands that need neither Temporal nor a host; dist/cli.cjs has all.
 */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { rolldown } from 'rolldown'
import { packageFolder } from './config.ts'

const QUICK = ['check', 'explain', 'schema', 'kinds']
// V8 compiles a function when it is first called. Together these plans compile most kinds and rules.
const CHECK = [
  'check',
  ...['guestbook-restore', 'vividwalls-restore'].map((plan) => packageFolder('plans', plan)),
]

await build(
  'quick',
  (id) =>
    /^(@temporalio|ssh2|node-ssh|execa)/.test(id) ||
    (/\/commands\/[a-z-]+\.js$/.test(id) && !QUICK.some((command) => id.endsWith(`/${command}.js`))),
  [CHECK],
)
await build(
  'cli',
  // Native add-ons of ssh2, which it can do without.
  (id) => id.endsWith('.node') || id === 'cpu-features',
  // completion loads every command; status tries to reach Temporal.
  [CHECK, ['completion', 'bash'], ['status']],
)

/** @param compiled commands, whose code is compiled in the cache */
async function build(
  name: string,
  external: (id: string) => boolean,
  compiled: readonly (readonly string[])[],
): Promise<void> {
  const bundle = await rolldown({
    input: packageFolder('dist', 'src', 'cli', 'main.js'),
    platform: 'node',
    external,
    // gRPC and protobuf.js evaluate code that they generate.
    onLog: (level, log, report) => {
      if (log.code !== 'EVAL') report(level, log)
    },
  })
  await bundle.write({ file: packageFolder('dist', `${name}.cjs`), format: 'cjs', codeSplitting: false })

  rmSync(packageFolder('dist', `${name}.cache`), { force: true })
  execFileSync(process.execPath, [packageFolder('bin', 'reinstate')], {
    stdio: ['ignore', 'ignore', name === 'quick' ? 'inherit' : 'ignore'],
    // A folder without an inventory: the hosts of the machine must not affect the build. Nothing listens on port 1.
    cwd: packageFolder('dist'),
    env: {
      ...process.env,
      REINSTATE_WRITE_CACHE: JSON.stringify({ name, compiled }),
      REINSTATE_INVENTORY: undefined,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    },
  })
}
