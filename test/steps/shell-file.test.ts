import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { quote } from '../../src/shell/script.ts'
import { shellFile } from '../../src/shell/shell-file.ts'
import { Secret } from '../../src/shell/secret.ts'

const steps = join(import.meta.dirname, '..', '..', 'src', 'steps')
const files = readdirSync(steps, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sh'))
const sources = readdirSync(steps, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(steps, name), 'utf8'))
  .join('\n')

const apply = { keep: "/it's", owner: '', mode: '755' }

describe('a script in a file', () => {
  it('starts with its quoted variables and words, and inlines each included file once', () => {
    const { text } = shellFile('directories/apply.sh', apply, ['/srv/a b'])
    expect(text).toMatch(/^keep='\/it'\\''s'\nowner=''\nmode=755\nset -- '\/srv\/a b'\n/)
    expect(text.match(/^no_symlink_in\(\)/gm)).toHaveLength(1)
    expect(text).not.toMatch(/shellcheck|^\. |\?\}"/m)
  })

  it('refuses variables that it does not declare, or that are missing, and a secret', () => {
    expect(() => shellFile('directories/apply.sh', { ...apply, other: 'x' })).toThrow(
      'got keep, mode, other, owner',
    )
    expect(() => shellFile('directories/apply.sh', { keep: '/x' })).toThrow('declares keep, mode, owner')
    for (const mode of [new Secret('x'), [new Secret('x')]] as never[])
      expect(() => shellFile('directories/apply.sh', { ...apply, mode })).toThrow(
        'a secret cannot be part of a script',
      )
  })

  it.each(['dash', 'bash', 'busybox'])('keeps any characters under %s', (shell) => {
    const odd = `it's "$HOME" \`x\` \\n\n %s\ttab`
    const script = `value=${quote(odd)}\nprintf %s "$value"`
    const words = shell === 'busybox' ? ['sh', '-c', script] : ['-c', script]
    expect(execFileSync(shell, words, { encoding: 'utf8' })).toBe(odd)
  })

  it('passes ShellCheck', () => {
    expect(() => execFileSync('shellcheck', files, { cwd: steps, encoding: 'utf8' })).not.toThrow()
  })

  it.each(files)('%s is requested or included', (file) => {
    const name = file.split('/').at(-1) ?? ''
    const isIncluded = files.some((other) =>
      readFileSync(join(steps, other), 'utf8').match(
        new RegExp(`^\\. \\S*/${name.replace('.', '\\.')}$`, 'm'),
      ),
    )
    expect(isIncluded || sources.includes(`'${file}'`)).toBe(true)
  })
})
