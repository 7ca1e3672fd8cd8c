// coverage.js: runs all tests and judges how much of the program they ran. Writes coverage.txt. Exit status 1 if a test fails,
// or if they ran less than 90 % of the lines of the backend or 80 % of those of the pages.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { judge } from './judge.ts'

const filesOf = (folder: string) => readdirSync(folder).map((name) => `${folder}/${name}`)
const report = join(mkdtempSync(join(tmpdir(), 'coverage-')), 'lcov')
const { status } = spawnSync(
  process.execPath,
  [
    ...['--test', '--test-concurrency', '1', '--test-timeout', '600000', '--experimental-test-coverage'],
    ...['--test-reporter', 'lcov', '--test-reporter-destination', report],
    ...['--test-reporter', 'spec', '--test-reporter-destination', 'stdout'],
    ...filesOf('dist/test').filter((file) => file.endsWith('.test.js')),
  ],
  { stdio: 'inherit' },
)
const scripts = ['dist/src', 'dist/src/routes', 'dist/pages']
  .flatMap(filesOf)
  .filter((file) => file.endsWith('.js'))
const { lines, isEnough } = judge(
  readFileSync(report, 'utf8'),
  new Map(scripts.map((file) => [file, readFileSync(file, 'utf8')])),
)
writeFileSync('coverage.txt', `${lines.join('; ')}\n`)
for (const line of lines) console.log(line)
process.exitCode = status === 0 && isEnough ? 0 : 1
