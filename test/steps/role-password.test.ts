import { beforeEach, describe, expect, it } from 'vitest'
import { itInDepth } from '../depth.ts'
import { Secret } from '../../src/shell/secret.ts'
import { rolePassword } from '../../src/steps/role-password/index.ts'
import { fields, otherPassword } from './joins/role-password.ts'
import { crashes, killedInside } from './crash.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
beforeEach(async () => {
  await stage.clear()
  await must(otherPassword)
})

const must = (script: string) => stage.testHost.must(script)
const sql = (text: string) =>
  must(`docker exec -i live psql -qAtX -v ON_ERROR_STOP=1 -U postgres <<'SQL'\n${text}\nSQL`)
const verifier = () => sql(`select rolpassword from pg_authid where rolname = 'app'`)
const step = fieldsOf(rolePassword, fields)
/** As an application does: over the network. */
const logsIn = async (password: string) =>
  (
    await stage.testHost.exec(
      'docker exec -e PGPASSWORD live psql -X -w -h "$(docker exec live hostname -i)" -U app -d postgres -c "select 1"',
      { env: { PGPASSWORD: password } },
    )
  ).exitCode === 0

describe('the password of a role', () => {
  it('works after the step and not before; the undo restores the old one', async () => {
    const before = await verifier()
    const bound = stage.step()
    expect(await rolePassword.inspect(step, bound.at())).toMatchObject({
      changes: [expect.stringContaining('sets the password of role app, which does not log in with it:')],
    })
    await expect(rolePassword.verify(step, bound.at())).rejects.toThrow(
      /role app does not log in to container live with its password: .*password authentication failed/,
    )
    await rolePassword.apply(step, null, bound.at())
    expect(await rolePassword.verify(step, bound.at())).toMatchObject({ strength: 'observed' })
    expect(await logsIn("it's $new")).toBe(true)
    expect(await logsIn('of the old days')).toBe(false)
    expect(await rolePassword.inspect(step, bound.at())).toMatchObject({
      changes: [],
      because: 'role app logs in with this password',
    })

    expect(await rolePassword.undo(step, null, bound.at('undo-1'))).toEqual([])
    expect(await verifier()).toBe(before)
    expect(await logsIn('of the old days')).toBe(true)
  })
  itInDepth('is set where there was none, and is none again', async () => {
    await sql('alter role app password null')
    const bound = stage.step()
    await rolePassword.apply(step, null, bound.at())
    await rolePassword.verify(step, bound.at())
    await rolePassword.undo(step, null, bound.at('undo-1'))
    expect(await verifier()).toBe('')
  })
  itInDepth('accepts any characters, and names that need quotes', async () => {
    await sql('create role "The App-1" login')
    const awkward = { ...step, login: 'The App-1', password: new Secret('  \\\'"$(x)`%s!ü;-- ') }
    const bound = stage.step()
    await rolePassword.apply(awkward, null, bound.at())
    await rolePassword.verify(awkward, bound.at())
    expect(await rolePassword.undo(awkward, null, bound.at('undo-1'))).toEqual([])
  })
  it('is restored after a kill at any point, and set by the next attempt', async () => {
    const before = await verifier()
    for (let program = 1; ; program++) {
      const bound = stage.step()
      const killed = await crashes(
        rolePassword.apply(step, null, killedInside(bound.at(1), { command: 1, program })),
      )
      if (program % 2 === 0) {
        await rolePassword.apply(step, null, bound.at(2))
        await rolePassword.verify(step, bound.at(2))
      }
      expect(await rolePassword.undo(step, null, bound.at('undo-1'))).toEqual([])
      expect(await verifier()).toBe(before)
      if (!killed) return expect(program).toBeGreaterThan(5)
    }
  })
  itInDepth('stays where others changed it after the step, and the old one is kept', async () => {
    const bound = stage.step()
    await rolePassword.apply(step, null, bound.at())
    await sql(`alter role app password 'of somebody else'`)
    expect(await rolePassword.undo(step, null, bound.at('undo-1'))).toEqual([
      {
        what: 'password of role app in container live',
        why: expect.stringMatching(
          /^its password was changed by others after the step; the old verifier is kept in \/var/,
        ) as string,
      },
    ])
    expect(await logsIn('of somebody else')).toBe(true)
    await must('docker stop -t 2 live > /dev/null')
    expect(await rolePassword.undo(step, null, bound.at('undo-2'))).toMatchObject([
      { why: expect.stringContaining('container live does not run; the old verifier is kept in') as string },
    ])
  })
})

describe('the secret', () => {
  itInDepth(
    'is in no argument, no log of the server, no receipt, and its saved original is for root only',
    async () => {
      await sql(
        `alter system set log_statement = 'all'; alter system set log_min_duration_statement = 0; select pg_reload_conf()`,
      )
      const before = await verifier()
      const canary = 'canary-7d1f'
      const secret = { ...step, password: new Secret(canary) }
      const bound = stage.step()
      const watched = must(
        `for n in $(seq 60); do cat /proc/[0-9]*/cmdline 2> /dev/null | tr '\\0' ' ' | grep -c -e 'canary[-]7d1f' -e 'SCRAM[-]SHA' || :; sleep 0.02; done | sort -u`,
      )
      await rolePassword.inspect(secret, bound.at())
      await rolePassword.apply(secret, null, bound.at())
      await rolePassword.verify(secret, bound.at())
      expect(await watched).toBe('0')
      expect(await must(`stat -c '%a' /var/lib/reinstate/originals/${bound.mark}/old`)).toBe('600')
      const { stdout: receipts } = await stage.testHost.exec(
        `grep -rlF -e '${canary}' -e '${before}' /var/lib/reinstate/runs || echo none`,
      )
      expect(receipts.trim()).toBe('none')
      const after = await verifier()
      await rolePassword.undo(secret, null, bound.at('undo-1'))
      const log = await must('docker logs live 2>&1')
      expect(log).toContain('statement: ')
      for (const hidden of [canary, before, after]) expect(log).not.toContain(hidden)
      expect(await must(`ls -A /var/lib/reinstate/originals/${bound.mark}`)).toBe('')
    },
  )
})

describe('a role whose password proves nothing', () => {
  const look = (changed: object) => rolePassword.inspect({ ...step, ...changed }, stage.step().at())

  itInDepth('is refused if it is missing, without login or expired', async () => {
    await expect(look({ login: 'nobody' })).rejects.toThrow(
      'container live has no role nobody; check the name',
    )
    await sql(`create role group_only; create role late login valid until '2020-01-01'`)
    await expect(look({ login: 'group_only' })).rejects.toThrow('is without login')
    await expect(look({ login: 'late' })).rejects.toThrow('is expired')
  })
  itInDepth('is refused if the server accepts any password', async () => {
    await must(
      `docker exec live sh -c 'sed -i "s/scram-sha-256/trust/" "$PGDATA/pg_hba.conf"'; docker exec live psql -qX -U postgres -c 'select pg_reload_conf()' > /dev/null; sleep 0.5`,
    )
    await expect(look({})).rejects.toThrow('lets role app in from its network with any password')
    await expect(rolePassword.verify(step, stage.step().at())).rejects.toThrow('with any password')
  })
  itInDepth(
    'is not proven by a login over the loopback address, which an official image trusts without a password',
    async () => {
      await must(
        `docker exec live sh -c 'sed -i "s/^\\(host all all 127.0.0.1.32\\) .*/\\1 trust/;s/^\\(host *all *all *127.0.0.1.32 *\\).*/\\1 trust/" "$PGDATA/pg_hba.conf"'; docker exec live psql -qX -U postgres -c 'select pg_reload_conf()' > /dev/null; sleep 0.5`,
      )
      await expect(rolePassword.verify(step, stage.step().at())).rejects.toThrow(
        'password authentication failed',
      )
    },
  )
  itInDepth('inspect › is blocked while the server does not run, or has no network', async () => {
    expect(await look({ container: 'gone' })).toMatchObject({
      text: 'a login to container gone: container gone does not run',
    })
    await must('docker network disconnect own live')
    expect(await look({})).toMatchObject({
      text: expect.stringContaining('has no network of its own') as string,
    })
    await expect(rolePassword.apply(step, null, stage.step().at())).rejects.toThrow('no network of its own')
  })
})

it('takes a password from the secrets file only', () => {
  expect(() => fieldsOf(rolePassword, { ...fields, password: 'written in the plan' })).toThrow(
    'must be ${{ secrets.NAME }}',
  )
  expect(() => fieldsOf(rolePassword, { ...fields, login: "app'; drop" })).toThrow('must be a name')
})
