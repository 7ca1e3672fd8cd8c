import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { joinedSubscriptions } from '../../src/activities/notices.ts'
import { PlanRefused } from '../../src/errors.ts'
import { parseNotifyFile, readChannels } from '../../src/notifications/channels.ts'
import { pinned } from '../golden.ts'

const refused = (text: string): readonly string[] => {
  try {
    parseNotifyFile(text, 'notify.yaml')
  } catch (error) {
    if (error instanceof PlanRefused) return error.message.split('\n')
    throw error
  }
  return []
}
const channel = (text: string) => `secrets: notify.env\nchannels:\n  ops: { ${text} }\n`

describe('parseNotifyFile', () => {
  it('reads every kind of channel', () => {
    const { channels, runs, secretsFile, secretNames } = parseNotifyFile(
      `secrets: notify.env
channels:
  ops: { webhook: { url: "https://hooks.example.org/in", secret: "\${{ secrets.OPS }}" } }
  local: { webhook: { url: "http://127.0.0.1:8080/in", secret: "\${{ secrets.OPS }}" } }
  phone: { ntfy: { server: "https://ntfy.example.org", topic: deploys, token: "\${{ secrets.NTFY }}" } }
  team: { slack: { url: "\${{ secrets.SLACK }}" } }
  mail: { email: { server: "smtp.example.org:465", user: u, password: "\${{ secrets.SMTP }}", from: a@example.org, to: [b@example.org] } }
  watch: { ping: { url: "\${{ secrets.PING }}" } }
runs:
  - channel: ops
  - { channel: watch, on: [started, done, failed], remind: { after: 2 hours, times: 0 } }
`,
      '/etc/reinstate/notify.yaml',
    )
    expect([...channels.keys()]).toEqual(['ops', 'local', 'phone', 'team', 'mail', 'watch'])
    expect(channels.get('mail')?.email).toMatchObject({ server: { host: 'smtp.example.org', port: 465 } })
    expect(runs).toEqual([
      { channel: 'ops', on: ['waits', 'rolling-back', 'failed', 'done'], remind: { after: 3600, times: 3 } },
      { channel: 'watch', on: ['started', 'done', 'failed'], remind: { after: 7200, times: 0 } },
    ])
    expect(secretsFile).toBe('/etc/reinstate/notify.env')
    expect(secretNames).toEqual(['OPS', 'NTFY', 'SLACK', 'SMTP', 'PING'])
  })

  it.each([
    ['an unknown field', channel('webhok: {}'), '3:10 notify'],
    [
      'two kinds',
      channel('ping: { url: "${{ secrets.A }}" }, slack: { url: "${{ secrets.B }}" }'),
      '3:8 notify',
    ],
    ['http to another machine', channel('ntfy: { server: "http://ntfy.lan", topic: a }'), '3:26 notify'],
    ['a metadata service', channel('ntfy: { server: "https://169.254.169.254/", topic: a }'), '3:26 notify'],
    [
      'a mail server that is a metadata service',
      channel('email: { server: "169.254.169.254:25", from: a@b.c, to: [a@b.c] }'),
      '3:27 notify',
    ],
    [
      'a user without a password',
      channel('email: { server: b.c, user: u, from: a@b.c, to: [a@b.c] }'),
      '3:17 notify',
    ],
    [
      'a written-out secret',
      channel('slack: { url: "https://hooks.slack.com/services/T0/B0/unlikelyText" }'),
      '3:24 notify',
    ],
    [
      'a written-out short secret',
      channel('webhook: { url: "https://a.b", secret: hunter2 }'),
      '3:49 notify',
    ],
    [
      'an unknown channel',
      `${channel('ping: { url: "${{ secrets.A }}" }')}runs: [{ channel: op }]\n`,
      '4:19 notify',
    ],
    [
      'a channel twice',
      `${channel('ping: { url: "${{ secrets.A }}" }')}runs: [{ channel: ops }, { channel: ops }]\n`,
      '4:7 notify',
    ],
    [
      'a reminder each second',
      `${channel('ping: { url: "${{ secrets.A }}" }')}runs: [{ channel: ops, remind: { after: 1s } }]\n`,
      '4:41 notify',
    ],
    ['secrets without a file', 'channels:\n  ops: { ping: { url: "${{ secrets.A }}" } }\n', '1:1 notify'],
    ['a list', '- a\n', '1:1 notify'],
  ])('rejects %s at its position', (_, text, expected) => {
    const lines = refused(text)
    expect(lines.join()).not.toMatch(/unlikelyText|hunter2/)
    expect(pinned(lines).map((line) => line.replace('notify.yaml:', ''))).toEqual([expected])
  })
})

describe('readChannels', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reinstate-notify-'))
  const file = join(folder, 'notify.yaml')
  const secrets = join(folder, 'notify.env')
  const write = (text: string, env: string) => {
    writeFileSync(file, text, { mode: 0o644 })
    writeFileSync(secrets, env)
    chmodSync(secrets, 0o600)
  }

  it('has no channel without the file', async () => {
    expect((await readChannels(join(folder, 'none.yaml'))).channels.size).toBe(0)
  })

  it('fills in secrets, which print as ‹secret›', async () => {
    write(channel('ping: { url: "${{ secrets.A }}" }'), 'A=https://hc.example.org/uuid\n')
    const ping = (await readChannels(file)).channels.get('ops')?.ping
    expect(ping?.url.reveal()).toBe('https://hc.example.org/uuid')
    expect(JSON.stringify(ping)).toBe('{"url":"‹secret›"}')
  })

  it('rejects a secret that is no valid address, and does not quote it', async () => {
    write(channel('ping: { url: "${{ secrets.A }}" }'), 'A=http://169.254.169.254/latest\n')
    const error = await readChannels(file).catch((reason: unknown) => reason as Error)
    expect(error).toBeInstanceOf(PlanRefused)
    expect((error as Error).message).toContain('metadata')
    expect((error as Error).message).not.toContain('169.254')
  })

  it('rejects a secrets file that others can read, and a variable that is missing', async () => {
    write(channel('ping: { url: "${{ secrets.A }}" }'), 'B=x\n')
    await expect(readChannels(file)).rejects.toThrow('no value for A')
    chmodSync(secrets, 0o644)
    await expect(readChannels(file)).rejects.toThrow('accessible to others')
    rmSync(folder, { recursive: true })
  })
})

describe('joinedSubscriptions', () => {
  const remind = { after: 3600, times: 3 }

  it('adds what the plan names to what the worker sends of every run, and takes nothing away', () => {
    const worker = [
      { channel: 'ops', on: ['waits', 'failed'] as const, remind },
      { channel: 'mail', on: ['done'] as const, remind },
    ]
    const ofPlan = [{ channel: 'ops', on: ['done'] as const, remind: { after: 60, times: 9 } }]
    expect(joinedSubscriptions(ofPlan, worker)).toEqual([
      { channel: 'mail', on: ['done'], remind },
      { channel: 'ops', on: ['done', 'waits', 'failed'], remind: { after: 60, times: 9 } },
    ])
  })
})
