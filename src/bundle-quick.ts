/**
 * Builds dist/quick.cjs: the commands that need neither Temporal nor a host, in one file with V8's code cache. Loading
 * hundreds of small files would take several times as long as a check itself. Part of `npm run build`.
 */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { rolldown } from 'rolldown'
import { packageFolder } from './config.ts'

const QUICK = ['check', 'explain', 'schema', 'kinds']
// Together these plans compile most kinds and rules.
const SHIPPED = ['guestbook-restore', 'vividwalls-restore']

const bundle = await rolldown({
  input: packageFolder('dist', 'src', 'cli', 'main.js'),
  platform: 'node',
  // Other commands and their dependencies are left out; bin/reinstate loads them from elsewhere.
  external: (id) =>
    /^(@temporalio|ssh2|node-ssh|execa)/.test(id) ||
    (/\/commands\/[a-z-]+\.js$/.test(id) && !QUICK.some((command) => id.endsWith(`/${command}.js`))),
})
await bundle.write({
  file: packageFolder('dist', 'quick.cjs'),
  format: 'cjs',
  codeSplitting: false,
  minify: true,
})

rmSync(packageFolder('dist', 'quick.cache'), { force: true })
// A check writes the cache at its end, when all of its code is compiled.
execFileSync(
  process.execPath,
  [packageFolder('bin', 'reinstate'), 'check', ...SHIPPED.map((plan) => packageFolder('plans', plan))],
  {
    stdio: ['ignore', 'ignore', 'inherit'],
    // A folder without an inventory: the hosts of the machine must not affect the build.
    cwd: packageFolder('dist'),
    env: { ...process.env, REINSTATE_WRITE_CACHE: '1', REINSTATE_INVENTORY: undefined },
  },
)
