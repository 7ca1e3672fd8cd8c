import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { treeCheck } from '../../src/steps/tree-check/index.ts'
import { blueprint, built } from './joins/tree-check.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile({ without: ['docker'], stays: true })
beforeEach(async () => void (await must(`find /srv -mindepth 1 -delete; ${built}`)))

const must = (script: string) => stage.testHost.must(script)
const verify = (more: object = {}) =>
  treeCheck.verify(fieldsOf(treeCheck, { ...blueprint, ...more }), stage.step().at())

describe('a directory that is compared with its blueprint', () => {
  it('passes when it is equal', async () => {
    expect((await verify()).summary).toBe(
      '/srv/build has 4 of 4 listed directories, 3 of 3 files and nothing else',
    )
  })

  it.each([
    [
      'a directory is missing',
      'rmdir services/n8n',
      '(1 missing, 0 extra): directory services/n8n is missing',
    ],
    ['a dotfile is missing', 'rm .env', 'file .env is missing'],
    [
      'a file is where a directory should be',
      'rmdir data; touch data',
      'directory data is missing; file data is extra',
    ],
    [
      'a link is where a file should be',
      'mv .env x; ln -s x .env',
      'file .env is missing; file x is extra; symbolic link .env is extra',
    ],
    // What the seed's brace list makes.
    [
      'braces were taken literally',
      "mkdir '{services' ...",
      'directory ... is extra; directory {services is extra',
    ],
    ['a name has a line feed', 'touch "data/$(printf \'a\\nb\')"', 'file data/a?b is extra'],
  ])('is red where %s', async (_, damage, named) => {
    await must(`cd /srv/build; ${damage}`)
    await expect(verify()).rejects.toThrow(named)
  })

  it('may have more where the plan allows it, and says how much', async () => {
    await must('touch /srv/build/data/more')
    expect((await verify({ extras: 'allowed' })).summary).toContain('and 1 more')
  })

  it('names at most ten of many', async () => {
    await must('cd /srv/build; for i in $(seq 500); do touch data/$i; done')
    await expect(verify()).rejects.toThrow('(0 missing, 500 extra)')
  })

  it('is red where it is not there, no directory, or reached by a link', async () => {
    await must('mv /srv/build /srv/real')
    await expect(verify()).rejects.toThrow('/srv/build is missing')
    await must('ln -s real /srv/build')
    await expect(verify()).rejects.toThrow('/srv/build is reached by the symbolic link /srv/build')
    await must('rm /srv/build; touch /srv/build')
    await expect(verify()).rejects.toThrow('/srv/build is not a directory')
  })
})

describe('a blueprint', () => {
  it('with a mistake in it is refused before any host is asked', () => {
    const objection = (fields: object) =>
      treeCheck.validate?.(fieldsOf(treeCheck, { path: '/srv/build', ...fields }))
    expect(objection({})).toContain('needs directories: or files:')
    expect(objection({ directories: ['a'], files: ['a'] })).toBe('lists a twice')
    expect(objection({ directories: ['a/b'], files: ['a'] })).toContain('lists a/b, which lies in')
    const wrong = ['', '/abs', '../x', 'a/../b', 'a//b', 'a/', '{a,b}', '...', 'a/...', '$X', '~/a', 'a\nb']
    const schema = z.strictObject(treeCheck.fields)
    expect(wrong.filter((path) => schema.safeParse({ path: '/srv/x', files: [path] }).success)).toEqual([])
  })
})
