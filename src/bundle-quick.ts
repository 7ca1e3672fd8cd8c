/**
 * Makes dist/quick.cjs: the commands that need neither Temporal nor a host in one file, with what V8 made of it. Reading
 * some hundred small files would take several times as long as a check itself. Part of `npm run build`.
 */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { rolldown } from 'rolldown'
import { packageFolder } from './config.ts'

const QUICK = ['check', 'explain', 'schema', 'kinds']
// With the kinds and rules of both, most of what another plan needs is compiled.
const SHIPPED = ['guestbook-restore', 'vividwalls-restore']

const bundle = await rolldown({
  input: packageFolder('dist', 'src', 'cli', 'main.js'),
  platform: 'node',
  // The other commands, and all that only they need, are left out; bin/reinstate never asks this file for them.
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
// It writes the cache at the end of a check, when all that a check needs is compiled.
execFileSync(
  process.execPath,
  [packageFolder('bin', 'reinstate'), 'check', ...SHIPPED.map((plan) => packageFolder('plans', plan))],
  {
    stdio: ['ignore', 'ignore', 'inherit'],
    // Where there is no inventory: which hosts somebody has is nothing to a build.
    cwd: packageFolder('dist'),
    env: { ...process.env, REINSTATE_WRITE_CACHE: '1', REINSTATE_INVENTORY: undefined },
  },
)
