import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { command } from '../../src/shell/command.ts'
import { sh } from '../../src/shell/script.ts'
import { makeLocal } from '../../testbed/local.ts'
import type { Local } from '../../testbed/local.ts'
import { processes } from '../../testbed/processes.ts'
import { sleep } from '../../testbed/sshd.ts'
import { binding } from './binding.ts'

// The ioctl EXT4_IOC_SHUTDOWN simulates a power cut: nothing reaches the disk after it, not even the journal.
const CUT =
  'my $how = pack("I", 2); sysopen(my $at, $ARGV[0], 0) or die; ioctl($at, 0x8004587d, $how) or die "no power cut: $!"'

let local: Local
let disk: string
beforeEach(() => {
  local = makeLocal()
  disk = join(local.directory, 'disk')
  mkdirSync(disk)
  execFileSync('sh', ['-c', 'truncate -s 64M "$1.img" && mkfs.ext4 -q "$1.img"', 'sh', disk])
  mount()
})
afterEach(async () => {
  await unmount()
  local.remove()
})

const mount = (): void => void execFileSync('mount', ['-o', 'loop', `${disk}.img`, disk])

async function unmount(): Promise<void> {
  for (;;) {
    for (const { pid, commandLine } of processes()) if (commandLine.includes(disk)) kill(pid)
    try {
      return void execFileSync('umount', [disk], { stdio: 'ignore' })
    } catch {
      // Killed processes need a moment to exit.
      await sleep(50)
    }
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has already ended.
  }
}

/** Runs commands one after another, and cuts the power at a random moment. Returns what the disk has lost. */
async function lostByPowerCut(): Promise<{ readonly ran: number; readonly lost: readonly string[] }> {
  const effect = join(local.directory, 'effect')
  const gone = new AbortController()
  const to = binding({ journal: '{"seen":1}', signal: gone.signal })
  const hosts = local.hosts({ root: disk, patienceSeconds: 0.5 })
  const reported: string[] = []
  const running = (async () => {
    for (let number = 1; ; number++) {
      const name = `c${number}`
      await hosts
        .bind('here', to)
        .run(name, command(sh`echo ${name} >>${effect}; echo ${`output of ${name}`}`))
      reported.push(name)
    }
  })().catch(() => undefined)
  while (reported.length < 15) await sleep(1)
  await sleep(Math.random() * 40)
  execFileSync('perl', ['-e', CUT, disk])
  const reportedBefore = [...reported]
  // Otherwise the client would start again in the empty mount point.
  gone.abort('the power is cut')
  await running
  await hosts.close()
  await unmount()
  mount()
  const receipt = (name: string) => join(disk, 'runs', `${to.runToken}_${to.phase}_${to.step}_1_${name}`)
  const holds = (name: string, file: string, text: string): boolean =>
    existsSync(join(receipt(name), file)) && readFileSync(join(receipt(name), file), 'utf8').includes(text)
  const ran = readFileSync(effect, 'utf8').trim().split('\n')
  return {
    ran: ran.length,
    lost: [
      ...ran.flatMap((name) => (holds(name, 'started', '') ? [] : [`start of ${name}`])),
      ...ran.flatMap((name) => (holds(name, 'script', `echo ${name} `) ? [] : [`script of ${name}`])),
      ...ran.flatMap((name) => (holds(name, 'journal.json', '{"seen":1}') ? [] : [`journal of ${name}`])),
      ...reportedBefore.flatMap((name) => (holds(name, 'exit.0', '') ? [] : [`end of ${name}`])),
      ...reportedBefore.flatMap((name) =>
        holds(name, 'out', `output of ${name}`) ? [] : [`output of ${name}`],
      ),
    ],
  }
}

it('a power cut loses no record of a command that began, and no end or output that was reported', async () => {
  const { ran, lost } = await lostByPowerCut()
  expect(ran).toBeGreaterThanOrEqual(15)
  expect(lost).toEqual([])
})

it('without flushes a power cut loses records', async () => {
  rmSync(join(local.directory, 'bin', 'sync'), { force: true })
  writeFileSync(join(local.directory, 'bin', 'sync'), '#!/bin/sh\n', { mode: 0o755 })
  expect((await lostByPowerCut()).lost).not.toEqual([])
})
