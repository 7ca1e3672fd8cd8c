import { beforeEach, describe, expect, it } from 'vitest'
import { readSecrets } from '../../src/plan/files/read-secrets.ts'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secretsAudit } from '../../src/steps/secrets-audit/index.ts'
import { redactor } from '../../src/host/redact.ts'
import { quote } from '../../src/shell/script.ts'
import { Secret } from '../../src/shell/secret.ts'
import { binding } from '../host/binding.ts'
import { makeLocal } from '../../testbed/local.ts'
import { elsewhere, fields, scattered } from './joins/secrets-audit.ts'
import { fieldsOf, type Bound } from '../../testbed/step-stage.ts'
import { stageOfFile, inspected } from './stage.ts'

const stage = stageOfFile({ stays: true })
beforeEach(async () => {
  await stage.clear()
  await must(`rm -rf /root/audit\n${scattered}`)
})

const must = (script: string) => stage.testHost.must(script)
const step = fieldsOf(secretsAudit, fields)
const look = (bound = stage.step()) => secretsAudit.inspect(step, bound.at())
const LIST = '/root/audit/list.env'

async function merged(bound: Bound, of = step) {
  const looked = await inspected(secretsAudit, of, bound.at())
  await secretsAudit.apply(of, looked.priorState, bound.at())
  return looked
}

const VALUES = {
  N8N_ENCRYPTION_KEY: 'k"e$y\\',
  POSTGRES_PASSWORD: 'pa$$w#rd',
  KEY: '-----BEGIN-----\nAB=\n-----END-----',
  SMTP: 'plain text',
  QUOTED: 'it\'s "so" \\',
}

/** As the worker reads the file that was made. */
async function written(names: readonly string[]): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-audit-'))
  const file = join(folder, 'master.env')
  await writeFile(file, `${await must('cat /root/audit/master.env')}\n`)
  await chmod(file, 0o600)
  const read = await readSecrets(file, names)
  await rm(folder, { recursive: true })
  return Object.fromEntries([...read].map(([name, secret]) => [name, secret.reveal()]))
}

describe('secrets-audit › sources on the host', () => {
  it('writes a file that plans read with the values of the sources', async () => {
    await merged(stage.step())
    expect(await written(fields.require)).toEqual(VALUES)
    expect(await must('stat -c %a /root/audit/master.env')).toBe('600')
  })

  it('prints names only', async () => {
    const bound = stage.step()
    const looked = await look(bound)
    await merged(bound)
    const evidence = await secretsAudit.verify(step, bound.at())
    expect(evidence.summary).toBe(
      '/root/audit/master.env: 5 of 5 names, mode 600, as in /srv/old/.env, /root/audit/list.env, container old-db',
    )
    const receipts = await must(
      'cat /var/lib/reinstate/runs/*/out /var/lib/reinstate/runs/*/err /var/lib/reinstate/runs/*/script',
    )
    for (const text of [JSON.stringify([looked, evidence]), receipts])
      expect(text).not.toMatch(/pa\$\$w#rd|plain text|-BEGIN|it's \\"so/)
  })

  it('refuses a source that other users can read, and notes such a witness', async () => {
    await must(`chmod 640 ${LIST}; chmod 644 /srv/old/.env`)
    await expect(look()).rejects.toThrow(
      `/srv/old/.env (mode 644): chmod 600 /srv/old/.env; ${LIST} (mode 640): chmod 600 ${LIST}`,
    )
    await must(`chmod 600 ${LIST}`)
    const witness = fieldsOf(secretsAudit, {
      ...fields,
      sources: [{ file: LIST }, { file: '/srv/old/.env', witness: true }, { container: 'old-db' }],
    })
    const bound = stage.step()
    await merged(bound, witness)
    expect((await secretsAudit.verify(witness, bound.at())).summary).toContain('users can read /srv/old/.env')
  })

  it('keeps the content of the file and adds to it', async () => {
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

describe('secrets-audit › sources on another host', () => {
  const there = fieldsOf(secretsAudit, elsewhere)
  const gatheredFrom = (sources: object[], require: readonly string[]) =>
    fieldsOf(secretsAudit, { path: fields.path, sources, require })

  it('copies values that redaction would hide', async () => {
    const secrets = Object.values(VALUES).map((value) => new Secret(value))
    const looked = await merged(stage.step({ secrets }), there)
    expect(await written(fields.require)).toEqual(VALUES)
    expect(looked).toMatchObject({
      changes: [
        'new file /root/audit/master.env, mode 600: 5 names',
        'from a witness: QUOTED (beside: container old-db)',
      ],
    })
  })

  it('copies every byte from running and stopped containers', async () => {
    const odd = [`$HOME "$$" '\`id\`'`, 'line\n\n\tnext \\n\\', `-n %s \u00e9 \u{1f511}=\r`] as const
    const given = odd.map((value, index) => `-e ODD_${index}=${quote(value)}`).join(' ')
    await must(`docker run -d --name up-1 --label com.docker.compose.project=up ${given} testbed/nginx:1
docker run -d --name up-2 --label com.docker.compose.project=up -e OTHER=1 testbed/nginx:1; docker stop up-2`)
    const names = ['ODD_0', 'ODD_1', 'ODD_2', 'OTHER']
    const of = gatheredFrom([{ host: 'beside', project: 'up' }], names)
    await merged(stage.step(), of)
    expect(await written(names)).toEqual({ ODD_0: odd[0], ODD_1: odd[1], ODD_2: odd[2], OTHER: '1' })
  })

  it('reports names and places; no value is in an inspection, evidence, error or receipt', async () => {
    await must(`echo SMTP=otherwise >> /srv/old/.env; docker run -d --name old-n8n --label com.docker.compose.project=old \\
      -e SMTP=of-older-times -e KEY=of-older-times testbed/nginx:1`)
    const refused: unknown = await secretsAudit
      .inspect(there, stage.step().at())
      .catch((error: unknown) => error)
    expect(String(refused)).toContain('SMTP (/root/audit/list.env, beside:/srv/old/.env)')
    await must(`sed -i /otherwise/d /srv/old/.env`)
    const bound = stage.step()
    const looked = await merged(bound, there)
    const hidden = redactor(Object.values(VALUES).map((value) => new Secret(value)))
    expect(looked).toMatchObject({
      notes: ['KEY', 'SMTP'].map(
        (name) => expect.stringContaining(`${name} (beside: container old-n8n)`) as string,
      ),
    })
    const evidence = await secretsAudit.verify(there, bound.at())
    expect(evidence.facts).toMatchObject({
      taken: ['QUOTED (beside: container old-db)'],
      unlike: ['KEY (beside: container old-n8n)', 'SMTP (beside: container old-n8n)'],
    })
    expect(await written(fields.require)).toEqual(VALUES)
    const kept = await must(
      'cat /var/lib/reinstate/runs/*/out /var/lib/reinstate/runs/*/err /var/lib/reinstate/runs/*/script',
    )
    for (const text of [JSON.stringify([looked, evidence]), String(refused), kept]) {
      expect(text).not.toMatch(/pa\$\$w#rd|plain text|-BEGIN|it's \\"so|of-older-times|otherwise/)
      expect(hidden(text)).toBe(text)
    }
  })

  it('does without a witness that is missing or unreadable, and notes it', async () => {
    await must(`echo QUOTED=ours >> ${LIST}; echo 'no entry' >> /srv/old/.env`)
    const witness = { host: 'beside', witness: true }
    const sources = [{ file: LIST }, { ...witness, file: '/srv/old/.env' }, { ...witness, project: 'gone' }]
    const looked = await merged(stage.step(), gatheredFrom(sources, ['QUOTED']))
    expect(looked).toMatchObject({
      notes: [
        expect.stringContaining('beside: project gone') as string,
        expect.stringContaining('beside:/srv/old/.env line 8 is not NAME=value') as string,
      ],
    })
    expect(await written(['QUOTED'])).toEqual({ QUOTED: 'ours' })
  })

  it('is blocked on a missing source', async () => {
    const of = (source: object) => secretsAudit.inspect(gatheredFrom([source], ['SMTP']), stage.step().at())
    expect(await of({ host: 'beside', project: 'gone' })).toMatchObject({
      text: 'the source beside: project gone',
    })
    expect(await of({ host: 'beside', container: 'gone' })).toMatchObject({
      text: 'the source beside: container gone',
    })
    expect(await of({ host: 'beside', file: '/srv/gone' })).toMatchObject({
      text: 'the source beside:/srv/gone',
    })
  })

  it('is refused if witnesses disagree on a name that only they have, or have no value', async () => {
    await must(
      `docker create --name old-2 --label com.docker.compose.project=old -e QUOTED=so -e EMPTY= testbed/nginx:1`,
    )
    const sources = [{ file: LIST }, { host: 'beside', project: 'old', witness: true }]
    await expect(secretsAudit.inspect(gatheredFrom(sources, ['QUOTED']), stage.step().at())).rejects.toThrow(
      /QUOTED \(beside: container old-(2|db), beside: container old-(2|db)\)$/,
    )
    await expect(
      secretsAudit.inspect(gatheredFrom(sources, ['EMPTY', 'NOWHERE']), stage.step().at()),
    ).rejects.toThrow('no source has NOWHERE; empty: EMPTY (beside: container old-2)')
  })

  it('is refused for a host that the plan does not list', async () => {
    const of = gatheredFrom([{ host: 'stranger', file: '/srv/old/.env' }], ['KEY'])
    await expect(secretsAudit.inspect(of, stage.step().at())).rejects.toThrow(
      'the host stranger is not among those of the plan; name it in hosts',
    )
  })
})

describe('secrets-audit › the machine of the worker', () => {
  it('works like any other host', async () => {
    const local = makeLocal()
    const hosts = local.hosts()
    try {
      const [list, path] = [join(local.directory, 'list.env'), join(local.directory, 'master.env')]
      await writeFile(list, `KEY='a$b'\nOTHER=1\n`, { mode: 0o600 })
      const here = fieldsOf(secretsAudit, { path, sources: [{ file: list }], require: ['KEY'] })
      const host = hosts.bind('here', binding())
      const looked = await inspected(secretsAudit, here, host)
      await secretsAudit.apply(here, looked.priorState, host)
      expect((await secretsAudit.verify(here, host)).strength).toBe('proven')
      expect([await readFile(path, 'utf8'), (await stat(path)).mode & 0o777]).toEqual([`KEY='a$b'\n`, 0o600])
    } finally {
      await hosts.close()
      local.remove()
    }
  })
})

describe('secrets-audit › invalid sources', () => {
  it.each([
    ['are missing', `sed -i /SMTP/d ${LIST}`, 'no source has SMTP'],
    ['are empty', `sed -i 's/^SMTP.*/SMTP=/' ${LIST}`, 'empty: SMTP (/root/audit/list.env)'],
    [
      'contradict each other',
      `sed -i 's/w#rd/w#rds/' ${LIST}`,
      'different values: POSTGRES_PASSWORD (/srv/old/.env, /root/audit/list.env, container old-db)',
    ],
    [
      'contradict what the file has',
      `echo SMTP=other > /root/audit/master.env`,
      'different values: SMTP (/root/audit/master.env, /root/audit/list.env)',
    ],
    [
      'have one value twice, and another',
      `echo SMTP=other >> ${LIST}`,
      'different values: SMTP (/root/audit/list.env)',
    ],
    [
      'hold a dollar of two meanings',
      `sed -i 's/^SMTP.*/SMTP=ab$cd/' ${LIST}`,
      'SMTP (/root/audit/list.env) has a $ that Compose would fill in; put the value in single quotes',
    ],
    ['hold a line that is none', `echo 'a line' >> ${LIST}`, '/root/audit/list.env line 4 is not NAME=value'],
    ['hold an open quote', `echo "A='b" >> ${LIST}`, '/root/audit/list.env line 4 has an unclosed quote'],
    [
      'go on behind a quote',
      `echo "A='b'c" >> ${LIST}`,
      '/root/audit/list.env line 4 has text after its closing quote',
    ],
  ])('are refused if they %s; the error names places and no value', async (_, damage, message) => {
    await must(damage)
    const error: unknown = await look().catch((error: unknown) => error)
    expect(error).toMatchObject({ name: 'StepRefused' })
    expect(String(error)).toContain(message)
    expect(String(error)).not.toMatch(/w#rd|other|plain text/)
  })

  it('block the step if an earlier step creates them', async () => {
    await must(`rm ${LIST}`)
    expect(await look()).toMatchObject({ text: 'the source /root/audit/list.env' })
    await must(`touch ${LIST}; docker rm old-db`)
    expect(await look()).toMatchObject({ text: 'the source container old-db' })
  })

  it('fail apply if they changed after the inspection', async () => {
    const bound = stage.step()
    const looked = await look(bound)
    if ('blockedOn' in looked) throw new Error(looked.text)
    await must(`echo SMTP=other >> ${LIST}`)
    await expect(secretsAudit.apply(step, looked.priorState, bound.at())).rejects.toThrow(
      'the sources have changed',
    )
    expect(await secretsAudit.undo(step, looked.priorState, bound.at('undo-1'))).toEqual([])
    expect(await must('ls -A /root/audit')).toBe('list.env')
  })

  it('fail verify if they changed after apply', async () => {
    const bound = stage.step()
    await merged(bound)
    await must(`sed -i 's/w#rd/w#rds/' ${LIST}`)
    await expect(secretsAudit.verify(step, bound.at())).rejects.toThrow('different values: POSTGRES_PASSWORD')
  })
})
