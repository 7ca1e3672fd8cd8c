import { describe, expect, it } from 'vitest'
import { hideSecrets } from '../../src/steps/file-write/hide-secrets.ts'
import { lineDiff } from '../../src/steps/file-write/line-diff.ts'

const text = (...lines: string[]) => lines.map((line) => `${line}\n`).join('')

describe('a diff', () => {
  it('is empty for equal texts', () => {
    expect(lineDiff('a\nb\n', 'a\nb\n')).toEqual([])
  })

  it('shows removed and added lines, with two lines of context', () => {
    expect(
      lineDiff(
        text('1', '2', '3', '4', 'old', '6', '7', '8', '9'),
        text('1', '2', '3', '4', 'new', '6', '7', '8', '9'),
      ),
    ).toEqual([' 3', ' 4', '-old', '+new', ' 6', ' 7'])
  })

  it('leaves out equal lines between two differences', () => {
    const middle = ['1', '2', '3', '4', '5', '6']
    expect(lineDiff(text('a', ...middle, 'b'), text('x', ...middle, 'y'))).toEqual([
      '-a',
      '+x',
      ' 1',
      ' 2',
      '…',
      ' 5',
      ' 6',
      '-b',
      '+y',
    ])
  })

  it('is minimal', () => {
    expect(lineDiff(text('a', 'b', 'c'), text('a', 'x', 'b', 'c', 'y'))).toEqual([
      ' a',
      '+x',
      ' b',
      ' c',
      '+y',
    ])
  })

  it('shows a new or removed file completely', () => {
    expect(lineDiff('', text('a', 'b'))).toEqual(['+a', '+b'])
    expect(lineDiff(text('a', 'b'), '')).toEqual(['-a', '-b'])
  })

  it('is a patch that turns any text into any other', () => {
    const random = (size: number) =>
      Array.from({ length: size }, () => 'abc'[Math.floor(Math.random() * 3)] ?? '')
    for (let time = 0; time < 200; time++) {
      const [before, after] = [random(time % 12), random((time * 7) % 11)]
      const shown = lineDiff(text(...before), text(...after))
      const count = (sign: string) => shown.filter((line) => line.startsWith(sign)).length
      expect(after.length - before.length).toBe(count('+') - count('-'))
    }
  })
})

describe('a secret in a file that is shown', () => {
  it('is compared although it is hidden', () => {
    expect(lineDiff('password: old\n', 'password: new\n', hideSecrets)).toEqual([
      '-password: ‹secret›',
      '+password: ‹secret›',
    ])
  })

  it('hides nothing of the lines below it', () => {
    expect(hideSecrets('secret: |\n  a\nport: 80\n')).toBe('secret: ‹secret›\n‹secret›\nport: 80\n')
  })

  it.each([
    'POSTGRES_PASSWORD=hunter2',
    '      - N8N_ENCRYPTION_KEY=hunter2',
    '      POSTGRES_PASSWORD: "hunter2 with more"',
    'password: ${POSTGRES_PASSWORD:-hunter2}',
    '{"apiKey": "hunter2", "port": 80}',
    'DATABASE_URL=postgres://n8n:hunter2@db/n8n',
    "{'token': 'hunter2, and more', 'port': 80}",
    '  run: env DB_PASS=a,hunter2;x start',
    'requirepass hunter2',
    'JWT: hunter2',
    'pw hunter2',
    'command: ["redis-server", "--requirepass", "hunter2"]',
    "command: [redis-server, --requirepass, 'hunter2 and more']",
    'command: redis-server --requirepass hunter2',
    'command: app --api-token=hunter2',
    '  run: env DB_PASS=hunter2 start',
    'header: Authorization Bearer hunter2hunter2',
    'admin $2a$14$hunter2hunter2hunter2',
    'x: ghp_hunter2hunter2hunter2hunter2',
    'x: Ahunter2hunter2hunter2hunter2Z',
    'password:\n  hunter2\nport: 80',
    'passwords:\n- hunter2\n- hunter2\nport: 80',
    'PASSWORD="one\nhunter2\n"\nport: 80',
    'secret: |\n  hunter2\n  hunter2\nport: 80',
    '-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\nport: 80',
  ])('is hidden: %s', (line) => {
    const shown = hideSecrets(line)
    expect(shown).not.toContain('hunter2')
    expect(shown).toContain('‹secret›')
  })

  it.each([
    'image: postgres@sha256:4e5b4b0b8d2b4f6f9c4f2f6b7b0c6a5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b',
    'POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}',
    'N8N_ENCRYPTION_KEY=${N8N_ENCRYPTION_KEY:?must be set}',
    'reverse_proxy n8n:5678',
    'container_name: vividwalls-n8n-database-primary',
    'healthcheck: { test: [CMD, pg_isready], interval: 5s }',
  ])('is not suspected in: %s', (line) => {
    expect(hideSecrets(line)).toBe(line)
  })
})
