import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readSecrets } from '../../src/plan/read-files.ts'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secretsAudit } from '../../src/steps/secrets-audit.ts'
import { binding } from '../host/binding.ts'
import { makeLocal } from '../host/local.ts'
import { fields, scattered } from './joins/secrets-audit.ts'
import { fieldsOf, openStage, type Bound, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())
beforeEach(async () => {
  await stage.clear()
  await must(`rm -rf /root/audit\n${scattered}`)
})

const must = (script: string) => stage.droplet.must(script)
const step = fieldsOf(secretsAudit, fields)
const look = (bound = stage.step()) => secretsAudit.look(step, bound.at())
const LIST = '/root/audit/list.env'

async function merged(bound: Bound) {
  const looked = await look(bound)
  if ('later' in looked) throw new Error(looked.later)
  await secretsAudit.run(step, looked.seen, bound.at())
  return looked.seen
}

describe('secrets that are brought together', () => {
  it('are read by the secrets file of a plan as they were in their sources', async () => {
    await merged(stage.step())
    const folder = await mkdtemp(join(tmpdir(), 'reinstate-audit-'))
    const file = join(folder, 'master.env')
    await writeFile(file, `${await must('cat /root/audit/master.env')}\n`)
    await chmod(file, 0o600)
    const read = await readSecrets(file, fields.require)
    await rm(folder, { recursive: true })
    expect(Object.fromEntries([...read].map(([name, secret]) => [name, secret.reveal()]))).toEqual({
      N8N_ENCRYPTION_KEY: 'k"e$y\\',
      POSTGRES_PASSWORD: 'pa$$w#rd',
      KEY: '-----BEGIN-----\nAB=\n-----END-----',
      SMTP: 'plain text',
      QUOTED: 'it\'s "so" \\',
    })
    expect(await must('stat -c %a /root/audit/master.env')).toBe('600')
  })

  it('are told of by name only, with the files that others can read', async () => {
    const bound = stage.step()
    const looked = await look(bound)
    await merged(bound)
    const evidence = await secretsAudit.verify(step, bound.at())
    expect(evidence.summary).toBe(
      '/root/audit/master.env: 5 of 5 names, mode 600, as in /srv/old/.env, /root/audit/list.env, container old-db; others can read /srv/old/.env',
    )
    const receipts = await must(
      'cat /var/lib/reinstate/runs/*/out /var/lib/reinstate/runs/*/err /var/lib/reinstate/runs/*/script',
    )
    for (const text of [JSON.stringify([looked, evidence]), receipts])
      expect(text).not.toMatch(/pa\$\$w#rd|plain text|-BEGIN|it's \\"so/)
  })

  it('leave what the file has as it is, and add to it', async () => {
    await must(`printf 'MINE=1 # keep\\nSMTP="plain text"' > /root/audit/master.env`)
    await merged(stage.step())
    const [first, second, third] = (await must('cat /root/audit/master.env')).split('\n')
    expect([first, second, third]).toEqual([
      'MINE=1 # keep',
      'SMTP="plain text"',
      'N8N_ENCRYPTION_KEY="k\\"e\\$y\\\\"',
    ])
    expect(await look()).toMatchObject({
      changes: [],
      because: expect.stringContaining('has all 5 names') as string,
    })
  })
})

describe("the worker's own machine", () => {
  it('is a host like any other', async () => {
    const local = makeLocal()
    const hosts = local.hosts()
    try {
      const [list, path] = [join(local.directory, 'list.env'), join(local.directory, 'master.env')]
      await writeFile(list, `KEY='a$b'\nOTHER=1\n`)
      const here = fieldsOf(secretsAudit, { path, sources: [{ file: list }], require: ['KEY'] })
      const host = hosts.bind('here', binding())
      const looked = await secretsAudit.look(here, host)
      if ('later' in looked) throw new Error(looked.later)
      await secretsAudit.run(here, looked.seen, host)
      expect((await secretsAudit.verify(here, host)).strength).toBe('proven')
      expect([await readFile(path, 'utf8'), (await stat(path)).mode & 0o777]).toEqual([`KEY='a$b'\n`, 0o600])
    } finally {
      await hosts.close()
      local.remove()
    }
  })
})

describe('sources that cannot be trusted', () => {
  it.each([
    ['are missing', `sed -i /SMTP/d ${LIST}`, 'no source has SMTP'],
    ['are empty', `sed -i 's/^SMTP.*/SMTP=/' ${LIST}`, 'empty: SMTP (/root/audit/list.env)'],
    [
      'contradict each other',
      `sed -i 's/w#rd/w#rds/' ${LIST}`,
      'of different values: POSTGRES_PASSWORD (/srv/old/.env, /root/audit/list.env, container old-db)',
    ],
    [
      'contradict what the file has',
      `echo SMTP=other > /root/audit/master.env`,
      'of different values: SMTP (/root/audit/master.env, /root/audit/list.env)',
    ],
    [
      'have one value twice, and another',
      `echo SMTP=other >> ${LIST}`,
      'of different values: SMTP (/root/audit/list.env)',
    ],
    [
      'hold a dollar of two meanings',
      `sed -i 's/^SMTP.*/SMTP=ab$cd/' ${LIST}`,
      'SMTP (/root/audit/list.env) has a $ that Compose would fill in; put the value in single quotes',
    ],
    ['hold a line that is none', `echo 'a line' >> ${LIST}`, '/root/audit/list.env line 4 is not NAME=value'],
    [
      'hold an open quote',
      `echo "A='b" >> ${LIST}`,
      '/root/audit/list.env line 4 has a quote that is not closed',
    ],
    [
      'go on behind a quote',
      `echo "A='b'c" >> ${LIST}`,
      '/root/audit/list.env line 4 goes on behind its closing quote',
    ],
  ])('are refused where they %s, naming where and no value', async (_, damage, message) => {
    await must(damage)
    const error: unknown = await look().catch((error: unknown) => error)
    expect(String(error)).toContain(`StepRefused: the sources do not give every secret one value: ${message}`)
    expect(String(error)).not.toMatch(/w#rd|other|plain text/)
  })

  it('are waited for where an earlier step brings them', async () => {
    await must(`rm ${LIST}`)
    expect(await look()).toEqual({ later: 'the source /root/audit/list.env' })
    await must(`touch ${LIST}; docker rm old-db`)
    expect(await look()).toEqual({ later: 'the source container old-db' })
  })

  it('stop the writing where they change between look and run', async () => {
    const bound = stage.step()
    const looked = await look(bound)
    if ('later' in looked) throw new Error(looked.later)
    await must(`echo SMTP=other >> ${LIST}`)
    await expect(secretsAudit.run(step, looked.seen, bound.at())).rejects.toThrow('are not as they were')
    expect(await secretsAudit.undo(step, looked.seen, bound.at('undo-1'))).toEqual([])
    expect(await must('ls -A /root/audit')).toBe('list.env')
  })

  it('are found out by the proof where they change afterwards', async () => {
    const bound = stage.step()
    await merged(bound)
    await must(`sed -i 's/w#rd/w#rds/' ${LIST}`)
    await expect(secretsAudit.verify(step, bound.at())).rejects.toThrow(
      'of different values: POSTGRES_PASSWORD',
    )
  })
})
