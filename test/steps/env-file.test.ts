import { randomInt } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Secret } from '../../src/shell/secret.ts'
import { envFile } from '../../src/steps/env-file/index.ts'
import { nastyValues } from './joins/env-file.ts'
import { type Bound } from '../../testbed/step-stage.ts'
import { stageOfFile, inspected } from './stage.ts'

const stage = stageOfFile()

const must = (script: string, env: Readonly<Record<string, string>> = {}) =>
  stage.testHost.must(script, { env })
const fieldsWith = (values: object, path = '/srv/app/.env') =>
  z.strictObject(envFile.fields).parse({ path, values })

async function written(bound: Bound, fields: ReturnType<typeof fieldsWith>) {
  const look = await inspected(envFile, fields, bound.at())
  await envFile.apply(fields, look.priorState, bound.at())
  return look.priorState
}

/** The environment of a container made from a project whose .env this is: by `env_file:`, and filled into `${NAME}`. */
async function arrived(names: readonly string[]) {
  const filled = Object.fromEntries(names.map((name) => [name, '${' + name + '}']))
  const services = {
    listed: { image: 'testbed/nginx:1', env_file: '.env' },
    filled: { image: 'testbed/nginx:1', environment: filled },
  }
  await stage.testHost.must('cat > /srv/app/compose.yml', { stdin: JSON.stringify({ services }) })
  await must(
    'cd /srv/app && docker compose -p app create --quiet-pull 2> /tmp/said || { cat /tmp/said; exit 1; }',
  )
  const read = async (service: string) => {
    const json = await must(`docker inspect --format '{{json .Config.Env}}' app-${service}-1`)
    const pairs = z.array(z.string()).parse(JSON.parse(json))
    const found = new Map(
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    )
    return Object.fromEntries(names.map((name) => [name, found.get(name)]))
  }
  return { listed: await read('listed'), filled: await read('filled') }
}

describe('env-file › values', () => {
  it('arrive unchanged in the container, by env_file and by interpolation', async () => {
    await must('mkdir /srv/app')
    await written(stage.step(), fieldsWith(nastyValues))
    const { listed, filled } = await arrived(Object.keys(nastyValues))
    expect(listed).toEqual(nastyValues)
    expect(filled).toEqual(nastyValues)
  })

  it('arrive unchanged with any characters', async () => {
    const characters = [...`\\\\\\''""$$\`#\n\r\t {}()=:;%&|<>aZ09_nrt0é`]
    const value = () =>
      Array.from({ length: randomInt(1, 9) }, () => characters[randomInt(characters.length)]).join('')
    const values = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`V${index}`, value()]))
    await must('mkdir /srv/app')
    await written(stage.step(), fieldsWith(values))
    expect((await arrived(Object.keys(values))).listed).toEqual(values)
  })
})

describe('env-file › secrets', () => {
  const hidden = new Secret('hunter2-$x\'"')
  const fields = fieldsWith({ PASSWORD: hidden, URL: new Secret(`postgres://n8n:${hidden.reveal()}@db/n8n`) })

  it('are in the file with mode 0600 and nowhere else on the host', async () => {
    await must('mkdir /srv/app; echo PASSWORD=older-secret > /srv/app/.env; chmod 644 /srv/app/.env')
    const bound = stage.step({ secrets: [hidden] })
    const look = await envFile.inspect(fields, bound.at())
    expect(JSON.stringify(look)).not.toMatch(/hunter2|older-secret|[0-9a-f]{64}/)
    const priorState = await written(bound, fields)
    const evidence = await envFile.verify(fields, bound.at())
    expect(evidence.strength).toBe('proven')
    expect(JSON.stringify(evidence)).not.toContain('hunter2')
    expect(await must('stat -c %a /srv/app/.env')).toBe('600')
    expect(await must('grep -rl hunter2 /srv /var/lib/reinstate /tmp /run 2>/dev/null')).toBe('/srv/app/.env')
    // The old file is saved where only root can enter.
    const saved = await must('grep -rl older-secret /var/lib/reinstate')
    const asOther = `setpriv --reuid 1001 --clear-groups cat ${saved}`
    expect((await stage.testHost.exec(asOther)).stdout).toBe('')
    expect(await envFile.undo(fields, priorState, bound.at('undo-1'))).toEqual([])
    expect(await must('stat -c %a /srv/app/.env; cat /srv/app/.env')).toBe('644\nPASSWORD=older-secret')
    expect((await stage.testHost.exec('grep -rl -e hunter2 -e older-secret /var/lib/reinstate')).stdout).toBe(
      '',
    )
  })

  it('are described by name only', async () => {
    expect(envFile.describe(fields)).toBe('write /srv/app/.env: PASSWORD, URL')
    await must('mkdir /srv/app')
    const look = await envFile.inspect(fields, stage.step().at())
    expect(look).toMatchObject({ changes: ['new file /srv/app/.env, mode 600: PASSWORD, URL'] })
  })
})

describe('env-file › the file', () => {
  const fields = fieldsWith({ A: 'one', B: 'two' })

  it('verify › fails for another value or a mode that lets others read it', async () => {
    await must('mkdir /srv/app')
    const bound = stage.step()
    await written(bound, fields)
    await must('chmod 640 /srv/app/.env')
    await expect(envFile.verify(fields, bound.at())).rejects.toThrow('its mode is 640, not 600')
    await must("chmod 600 /srv/app/.env; sed -i 's/two/twa/' /srv/app/.env")
    await expect(envFile.verify(fields, bound.at())).rejects.toThrow('does not have the values of the plan')
  })

  it('undo › saves and names a file that others changed after the step', async () => {
    await must('mkdir /srv/app; echo A=old > /srv/app/.env')
    const bound = stage.step()
    const priorState = await written(bound, fields)
    await must('echo C=theirs >> /srv/app/.env')
    const [left] = await envFile.undo(fields, priorState, bound.at('undo-1'))
    expect(left?.what).toBe('file /srv/app/.env as others changed it after the step')
    const aside = left?.why.replace('set aside as ', '') ?? ''
    expect(await must(`stat -c %a ${aside}; tail -n 1 ${aside}`)).toBe('600\nC=theirs')
    expect(await must('cat /srv/app/.env')).toBe('A=old')
  })

  it('undo › works if the secret has changed since', async () => {
    await must('mkdir /srv/app')
    const bound = stage.step()
    const priorState = await written(bound, fields)
    expect(await envFile.undo(fieldsWith({ A: 'rotated' }), priorState, bound.at('undo-1'))).toEqual([])
    expect(await must('ls -A /srv/app')).toBe('')
  })

  it('apply › fails if the file changed after the inspection', async () => {
    await must('mkdir /srv/app; echo A=old > /srv/app/.env')
    const bound = stage.step()
    const look = await inspected(envFile, fields, bound.at())
    await must('echo A=theirs > /srv/app/.env')
    await expect(envFile.apply(fields, look.priorState, bound.at())).rejects.toThrow(
      'was changed since it was inspected',
    )
    expect(await envFile.undo(fields, look.priorState, bound.at('undo-1'))).toEqual([])
    expect(await must('ls -A /srv/app; cat /srv/app/.env')).toBe('.env\nA=theirs')
  })

  it('inspect › refuses a symbolic link or a second hard link', async () => {
    const refused = () => envFile.inspect(fields, stage.step().at())
    await must('mkdir /srv/app /srv/other; ln -s ../other/.env /srv/app/.env')
    await expect(refused()).rejects.toThrow('is a symbolic link')
    await must('rm /srv/app/.env; echo A=1 > /srv/other/.env; ln /srv/other/.env /srv/app/.env')
    await expect(refused()).rejects.toThrow('has 2 hard links')
  })

  it('validate › rejects no variables and too much content', () => {
    expect(z.strictObject(envFile.fields).safeParse({ path: '/srv/a/.env', values: {} }).success).toBe(false)
    expect(envFile.validate?.(fieldsWith({ A: 'x'.repeat(100_001) }))).toContain('may have 100000')
  })
})

describe('env-file › others: keep', () => {
  const fields = z.strictObject(envFile.fields).parse({
    ...{ path: '/srv/app/.env', values: { FILE: 'a:b', NEW: '1' }, others: 'keep' },
  })
  const OLD = `# mine\r\nPASSWORD='pw\nFILE=inner\n'\nexport FILE=old # here\nLAST=$PASSWORD`

  it('apply › sets the values and leaves other lines, mode and owner, also of a second step', async () => {
    await must(
      `mkdir /srv/app; printf '%s' "$OLD" > /srv/app/.env; chmod 640 /srv/app/.env; chown 1:2 /srv/app/.env`,
      {
        OLD,
      },
    )
    const first = stage.step()
    const firstPrior = await written(first, fields)
    expect((await envFile.verify(fields, first.at())).summary).toContain('2 values, mode 640')
    const now = `# mine\r\nPASSWORD='pw\nFILE=inner\n'\nLAST=$PASSWORD\nFILE=a:b\nNEW=1`
    expect(await must('cat /srv/app/.env; stat -c "%a %u:%g" /srv/app/.env')).toBe(`${now}\n640 1:2`)

    const second = stage.step()
    const other = { ...fields, values: { FILE: 'c' } }
    const secondPrior = await written(second, other)
    expect(await must('cat /srv/app/.env')).toBe(now.replace('FILE=a:b\nNEW=1', 'NEW=1\nFILE=c'))
    expect(await envFile.undo(other, secondPrior, second.at('undo-1'))).toEqual([])
    expect(await must('cat /srv/app/.env')).toBe(now)
    expect(await envFile.undo(fields, firstPrior, first.at('undo-1'))).toEqual([])
    expect(await must('cat /srv/app/.env; stat -c "%a %u:%g" /srv/app/.env')).toBe(`${OLD}640 1:2`)
  })

  it('inspect › shows only what the step sets, and has nothing to do where it is set', async () => {
    await must(`mkdir /srv/app; printf '%s' "$OLD" > /srv/app/.env`, { OLD })
    const bound = stage.step()
    const look = await inspected(envFile, fields, bound.at())
    expect(look.changes).toEqual([expect.stringMatching(/: \+ NEW, ~ FILE; 2 unchanged$/)])
    await envFile.apply(fields, look.priorState, bound.at())
    expect((await inspected(envFile, fields, stage.step().at())).changes).toEqual([])
  })

  it('apply › makes a new file, readable by its owner only unless mode: says more', async () => {
    await must('mkdir /srv/app')
    const bound = stage.step()
    const priorState = await written(bound, fields)
    expect(await must('cat /srv/app/.env; stat -c %a /srv/app/.env')).toBe('FILE=a:b\nNEW=1\n600')
    expect(await envFile.undo(fields, priorState, bound.at('undo-1'))).toEqual([])
    await written(stage.step(), { ...fields, mode: '644' })
    expect(await must('stat -c %a /srv/app/.env')).toBe('644')
  })
})

describe('env-file › the preview of a replaced file', () => {
  const values = { PORT: '80', NEW: 'x', PASSWORD: new Secret('hunter2'), QUOTED: "it's $5" }
  const changesOf = async () => {
    const look = await envFile.inspect(fieldsWith(values), stage.step().at())
    return 'blockedOn' in look ? [] : look.changes
  }

  it('shows added, changed and removed names and the change time, no values', async () => {
    await must(
      'mkdir /srv/app; printf "PORT=80\\nexport OLD=1\\nPASSWORD=older\\nQUOTED=\\"it\'s \\\\\\$5\\"\\n" > /srv/app/.env',
    )
    await must("touch -d '2021-03-04 05:06:07' /srv/app/.env")
    const [line] = await changesOf()
    expect(line).toMatch(/ [-\d]{10} [:.\d]{12} UTC: \+ NEW, ~ PASSWORD, - OLD; 2 /)
  })

  it('differs if only a value has changed, so that an approval does not cover it', async () => {
    await must('mkdir /srv/app; echo PASSWORD=older > /srv/app/.env')
    const [before] = await changesOf()
    expect((await changesOf())[0]).toBe(before)
    await must('echo PASSWORD=newer > /srv/app/.env')
    expect((await changesOf())[0]).not.toBe(before)
  })
})
