import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { itInDepth } from '../depth.ts'
import { StepNotVerified } from '../../src/errors.ts'
import { validationProblems } from '../../src/steps/step-kind.ts'
import { Secret } from '../../src/shell/secret.ts'
import { command } from '../../src/steps/command/index.ts'
import { httpProbe } from '../../src/steps/http-probe/index.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { stageOfFile } from './stage.ts'

const stage = stageOfFile({ stays: true })
beforeAll(async () => {
  await must(
    'docker network create own > /dev/null; docker run -d --name web --network own -p 18080:80 testbed/nginx:1 > /dev/null',
  )
  await must('until curl -s -o /dev/null http://127.0.0.1:18080/; do sleep 0.1; done')
})

const must = (script: string) => stage.testHost.must(script)
const URL = 'http://127.0.0.1:18080'

describe('http-probe › verify', () => {
  const probe = (fields: object) =>
    httpProbe.verify(
      fieldsOf(httpProbe, { everySeconds: 1, within: '2 seconds', ...fields }),
      stage.step().at(),
    )

  it('passes for the expected answer, also by another name', async () => {
    expect(await probe({ url: `${URL}/`, bodyEquals: '<h1>nginx</h1>\n' })).toMatchObject({
      strength: 'observed',
    })
    await probe({
      url: 'http://shop.test:18080/',
      resolve: 'shop.test:18080:127.0.0.1',
      bodyContains: 'nginx',
    })
  })
  it('fails for a 502 with the status and the start of the body', async () => {
    await expect(probe({ url: `${URL}/api/` })).rejects.toThrow(/502, not 200.*<html>.*Bad Gateway/)
  })
  it.each([
    ['another body', { bodyEquals: '<h1>Nginx</h1>\n' }, /bodyEquals.*<h1>nginx<\/h1>/],
    ['a text that is missing', { bodyContains: 'of this run' }, 'bodyContains'],
    ['another sum', { bodySha256: '0'.repeat(64) }, 'sha256 '],
    ['a header that is missing', { header: { 'x-run': '7' } }, 'without the header x-run: 7'],
  ])('fails for %s', async (_, expected, difference) => {
    await expect(probe({ url: `${URL}/`, ...expected })).rejects.toThrow(difference)
  })
  itInDepth('names what matched in addition to the status', async () => {
    const summary = async (fields: object) => (await probe({ url: `${URL}/`, ...fields })).summary
    expect(await summary({ bodyEquals: '<h1>nginx</h1>\n' })).toMatch(/200 .*body/)
    expect(
      await summary({
        bodyContains: 'nginx',
        header: { server: { contains: 'nginx' } },
        passes: 2,
        insecure: true,
      }),
    ).toMatch(/200 .*server .*body.*certificate.* 2 times/)
    await expect(probe({ url: `${URL}/`, header: { server: { contains: 'Caddy' } } })).rejects.toThrow(
      'without Caddy in the header server',
    )
  })
  itInDepth('fails for the answer of another stack, by the marker of the run', async () => {
    const marked = { url: `${URL}/`, marker: { value: 'run 7' } }
    await expect(probe(marked)).rejects.toThrow(
      /200, not from this run: header X-Reinstate-Run.*was not reloaded.*<h1>/,
    )
    await expect(probe({ ...marked, url: `${URL}/api/` })).rejects.toThrow(/502, not from this run/)
    await must(
      `docker exec web sh -c "sed -i 's/index index.html;/&\\n add_header X-Reinstate-Run \\"run 6\\" always;/' /etc/nginx/sites-enabled/default && nginx -s reload" 2> /dev/null; sleep 1`,
    )
    await expect(probe(marked)).rejects.toThrow(/X-Reinstate-Run is run 6, not run 7/)
    expect((await probe({ ...marked, marker: { value: 'run 6' } })).summary).toContain('marker of this run')
    await expect(probe({ ...marked, marker: { value: 'run' } })).rejects.toThrow('is run 6, not run')
    await expect(probe({ ...marked, marker: { header: 'X-Run', value: 'run 6' } })).rejects.toThrow(
      'header X-Run is missing',
    )
  })
  itInDepth('checks only the last answer of a redirect', async () => {
    await must(
      `docker exec web sh -c "sed -i 's|index index.html;|&\\n location = /old { add_header X-Old yes always; return 302 ${URL}/; }|' /etc/nginx/sites-enabled/default && nginx -s reload" 2> /dev/null; sleep 1`,
    )
    const old = { url: `${URL}/old`, header: { 'x-old': 'yes' } }
    await probe({ ...old, status: 302 })
    await expect(probe({ ...old, followRedirects: true })).rejects.toThrow('without the header x-old: yes')
  })
  itInDepth('requires a valid certificate, unless the plan names its authority or accepts any', async () => {
    await must(`cd /srv && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out ca.pem -days 2 -subj /CN=shop.test -addext subjectAltName=DNS:shop.test 2> /dev/null
      printf 'server { listen 443 ssl; ssl_certificate /srv/ca.pem; ssl_certificate_key /srv/key.pem; root /usr/share/nginx/html; }' > tls.conf
      docker run -d --name tls -v /srv:/srv:ro -v /srv/tls.conf:/etc/nginx/conf.d/tls.conf:ro -p 18443:443 testbed/nginx:1 > /dev/null
      until curl -sk -o /dev/null https://127.0.0.1:18443/; do sleep 0.1; done`)
    const secure = { url: 'https://shop.test:18443/', resolve: 'shop.test:18443:127.0.0.1' }
    await expect(probe(secure)).rejects.toThrow(/curl: \(60\) SSL certificate problem/)
    await probe({ ...secure, caFile: '/srv/ca.pem' })
    expect((await probe({ ...secure, insecure: true })).summary).toContain('certificate unchecked')
    await expect(
      probe({
        url: 'https://other.test:18443/',
        resolve: 'other.test:18443:127.0.0.1',
        caFile: '/srv/ca.pem',
      }),
    ).rejects.toThrow('curl: (60)')
    const both = fieldsOf(httpProbe, {
      ...secure,
      within: '1 second',
      insecure: true,
      caFile: '/srv/ca.pem',
    })
    expect(httpProbe.validate?.(both)).toContain('not both')
  })
  it('fails at the deadline with the error of curl and the number of requests', async () => {
    const began = Date.now()
    const failed = probe({ url: 'http://127.0.0.1:18099/', within: '3 seconds' })
    await expect(failed).rejects.toThrow(StepNotVerified)
    await expect(failed).rejects.toThrow(/3 s \([34] requests\): curl: \(7\) Failed to connect/)
    expect(Date.now() - began).toBeLessThan(6000)
  })
  it('sends requests until the answer is as expected', async () => {
    await must('docker stop -t 1 web > /dev/null')
    const later = must('sleep 2; docker start web > /dev/null')
    const evidence = await probe({ url: `${URL}/`, within: '20 seconds', passes: 2 })
    await later
    expect(evidence.facts?.['asked']).toBeGreaterThan(2)
  })
})

describe('command › verify', () => {
  it.each([
    [`printf '[\\n"sent"\\n]\\n'`, '"sent"'],
    [`printf '[\\n]\\n'`, 'exit status 0'],
  ])('%s › does not show a bracket as evidence', async (verify, shown) => {
    const step = fieldsOf(command, { script: ':', cannotUndo: 'for this test', verify })
    expect((await command.verify(step, stage.step().at())).summary).toContain(shown)
  })
})

describe('command › undo, of a script that another run forestalled', () => {
  const network = (name: string, more = '') =>
    fieldsOf(command, {
      script: `${more}docker network create ${name}`,
      undo: `docker network rm ${name}`,
      noProof: 'for this test',
      effects: [{ how: 'creates', what: 'network', name }],
    })
  const idOf = (name: string) => stage.testHost.must(`docker network inspect --format '{{.Id}}' ${name}`)

  it('failed because the network was there › leaves it, and names it', async () => {
    const step = network('guestbook-2')
    const bound = stage.step()
    await stage.testHost.must('docker network create guestbook-2')
    const before = await idOf('guestbook-2')
    await expect(command.apply(step, null, bound.at())).rejects.toMatchObject({ name: 'CommandFailed' })
    expect(await command.undo(step, null, bound.at('undo-1'))).toMatchObject([
      { what: 'network guestbook-2' },
    ])
    expect(await idOf('guestbook-2')).toBe(before)
  })

  it('failed before it made the network, which others made then › leaves it, and names it', async () => {
    const step = network('guestbook-3', 'false; ')
    const bound = stage.step()
    await expect(command.apply(step, null, bound.at())).rejects.toMatchObject({ name: 'CommandFailed' })
    await stage.testHost.must('docker network create guestbook-3')
    expect(await command.undo(step, null, bound.at('undo-1'))).toMatchObject([
      { what: 'network guestbook-3' },
    ])
    await idOf('guestbook-3')
  })

  it('made the network › removes it', async () => {
    const step = network('guestbook-4')
    const bound = stage.step()
    await command.apply(step, null, bound.at())
    expect(await command.undo(step, null, bound.at('undo-1'))).toEqual([])
    await expect(idOf('guestbook-4')).rejects.toThrow()
  })
})

describe('command', () => {
  const canary = 'canary-7d1f'
  beforeEach(() => must('rm -f /srv/*'))
  const plain = { script: 'touch /srv/made', undo: 'rm /srv/made', verify: 'test -e /srv/made' }

  it('apply › runs exactly its script under sh -eu', async () => {
    const step = fieldsOf(command, {
      ...plain,
      script: 'printf \'%s\' "a\'b\\"c" > /srv/made\nfalse\ntouch /srv/never',
    })
    await expect(command.apply(step, null, stage.step().at())).rejects.toThrow(
      'script on server ended with 1',
    )
    expect(await must('cat /srv/made; ls /srv')).toBe(`a'b"cmade`)
    const unset = fieldsOf(command, { ...plain, script: 'echo "$NOT_SET" > /srv/made' })
    await expect(command.apply(unset, null, stage.step().at())).rejects.toThrow(/NOT_SET/)
  })
  it('apply › gets its secrets by environment and shows them nowhere', async () => {
    const step = {
      ...fieldsOf(command, {
        ...plain,
        script: 'echo "$WORD"; echo "$WORD" > /srv/made; sleep 1',
        verify: 'cat /srv/made; false',
      }),
      environment: { WORD: new Secret(canary) },
    }
    const bound = stage.step()
    const running = command.apply(step, null, bound.at())
    const watched = must(
      `for n in $(seq 15); do cat /proc/[0-9]*/cmdline 2> /dev/null | tr '\\0' ' ' | grep -c '${canary.slice(0, 6)}[-]7d1f' || :; sleep 0.05; done | sort -u`,
    )
    await running
    expect(await watched).toBe('0')
    expect(await must('cat /srv/made')).toBe(canary)
    const error: unknown = await command.verify(step, bound.at()).catch((error: unknown) => error)
    expect(String(error)).toContain('1: ‹secret›')
    expect(await must(`grep -rlF '${canary}' /var/lib/reinstate/runs/*/script || echo none`)).toBe('none')
  })
  it('inspect › has nothing to do where unless: succeeds', async () => {
    const step = fieldsOf(command, { ...plain, unless: 'test -e /srv/made' })
    expect(await command.inspect(step, stage.step().at())).toEqual({
      priorState: null,
      changes: ['runs: touch /srv/made'],
    })
    await must('touch /srv/made')
    expect(await command.inspect(step, stage.step().at())).toMatchObject({ changes: [] })
  })
  it('verify › fails with the output of verify:, and is only stated without it', async () => {
    const bound = stage.step()
    await expect(
      command.verify(fieldsOf(command, { ...plain, verify: 'echo not yet >&2; exit 4' }), bound.at()),
    ).rejects.toThrow('4: not yet')
    const stated = fieldsOf(command, { script: 'true', cannotUndo: 'sent', noProof: 'mail has no receipt' })
    expect(await command.verify(stated, bound.at())).toMatchObject({ strength: 'stated' })
  })
  it('undo › runs only where apply began, and names what has no undo', async () => {
    const step = fieldsOf(command, plain)
    const bound = stage.step()
    await must('touch /srv/made')
    await command.undo(step, null, bound.at('undo-1'))
    expect(await must('ls /srv')).toBe('made')
    await command.apply(step, null, bound.at())
    await command.undo(step, null, bound.at('undo-2'))
    expect(await must('ls /srv')).toBe('')

    const sent = fieldsOf(command, { script: 'true', cannotUndo: 'mails are sent', noProof: 'none' })
    const other = stage.step()
    expect(await command.undo(sent, null, other.at('undo-1'))).toEqual([])
    await command.apply(sent, null, other.at())
    expect(await command.undo(sent, null, other.at('undo-2'))).toEqual([
      { what: 'true', why: 'mails are sent' },
    ])
  })
  it('validate › requires an undo or a reason, and a proof or a reason', () => {
    const problems = (fields: object) =>
      validationProblems(command, fieldsOf(command, { script: 'true', ...fields }))
    const [undo, verify] = ['either undo: or cannotUndo:', 'either verify: or noProof:'].map(
      (text) => expect.stringContaining(text) as string,
    )
    expect(problems({})).toEqual([undo, verify])
    expect(problems({ noProof: 'x' })).toEqual([undo])
    expect(problems({ undo: 'true' })).toEqual([verify])
    expect(problems({ undo: 'true', cannotUndo: 'x', noProof: 'x' })).toEqual([undo])
    expect(problems({ undo: 'true', verify: 'true' })).toEqual([])
  })
})
