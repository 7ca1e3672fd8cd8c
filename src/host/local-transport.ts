import { spawn } from 'node:child_process'
import { homedir } from 'node:os'
import { HostUnreachable } from '../errors.ts'
import { commandLine } from './channel.ts'
import type { Channel, Transport } from './channel.ts'
import { channelPool } from './channel-pool.ts'

const MAX_IDLE = 4

/** Runs programs on the worker's own machine, through the same protocol as on any other. */
export function localTransport(host: string): Transport {
  const programs = channelPool({ maxIdle: MAX_IDLE, onIdle: () => {} })
  const open = (words: readonly string[]): Promise<Channel> => start(host, commandLine(words).split(' '))
  return {
    open,
    borrow: async (words, { fresh } = { fresh: false }) => {
      const program = words.join(' ')
      return (fresh ? undefined : programs.take(program)) ?? programs.lend(program, await open(words))
    },
    close: () => {
      programs.releaseAll()
      return Promise.resolve()
    },
  }
}

// Not the worker's environment, which may hold secrets: a login over SSH does not pass it on either.
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: homedir(),
  SHELL: '/bin/sh',
}

function start(host: string, [program = '', ...words]: readonly string[]): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { env: ENVIRONMENT, cwd: '/', stdio: 'pipe' })
    const ended = new Promise<number | undefined>((done) => {
      child.once('close', (code) => done(code ?? undefined))
    })
    // A program may end without reading its input.
    child.stdin.on('error', () => {})
    child.once('error', (error) => reject(new HostUnreachable(host, error.message)))
    child.once('spawn', () => {
      const close = (): void => {
        child.stdin.destroy()
        child.stdout.destroy()
        child.stderr.destroy()
      }
      resolve({ input: child.stdin, output: child.stdout, errors: child.stderr, ended, close })
    })
  })
}
