import { describe, expect, it } from 'vitest'
import { valuesOf } from '../../src/plan/fill-in.ts'
import { stepShape } from '../../src/plan/shape.ts'
import { touchesOf } from '../../src/plan/touches.ts'
import { Secret } from '../../src/shell/secret.ts'
import { kinds } from '../../src/steps/index.ts'
import { load, planOf, saidAgainst } from './arrange.ts'

const restore = `plan: shop-restore
title: Shop, restored beside the old one
hosts: [droplet]
inputs:
  port: { default: "8080" }
secrets: { file: master.env, require: [POSTGRES_PASSWORD] }
phases:
  - phase: scaffold
    steps:
      - { step: folders, kind: directories, paths: [/srv/shop, /srv/shop/sites] }
      - step: configs
        kind: file-write
        each: [compose, caddy]
        path: /srv/shop/\${{ each }}.yml
        template: services/\${{ each }}.yml
        mode: "0600"
  - phase: data
    steps:
      - { step: database, kind: volume-restore, from: /backup/shop, volume: shop_db_new, timeout: 2 hours }
  - phase: start
    gate: { approvers: [on-call] }
    steps:
      - step: stack
        kind: compose-up
        file: /srv/shop/compose.yml
        project: shop
        environment: { POSTGRES_PASSWORD: "\${{ secrets.POSTGRES_PASSWORD }}" }
      - step: answers
        kind: http-probe
        url: http://127.0.0.1:\${{ inputs.port }}/health
        within: 2 minutes
      - step: told
        kind: command
        script: echo "\${{ steps.stack.outputs.containers }}"
        cannotUndo: nothing was changed
        noProof: it only speaks
`
const files = { 'services/compose.yml': 'port: ${{ inputs.port }}', 'services/caddy.yml': 'x: ${PORT}' }

describe('the kinds of this project', () => {
  it('have no field that every step has too', () => {
    const common = Object.keys(stepShape.shape)
    const clashes = [...kinds.values()].flatMap(({ kind, fields }) =>
      Object.keys(fields)
        .filter((field) => common.includes(field))
        .map((field) => `${kind}.${field}`),
    )
    expect(clashes).toEqual([])
  })

  it('make a plan that resolves, whose every step parses again in the run', async () => {
    const plan = await load({ plan: restore, files, options: { kinds } })
    const steps = plan.phases.flatMap((phase) => phase.steps)
    const known = {
      outputs: { stack: { containers: 'a b' } },
      secrets: new Map([['POSTGRES_PASSWORD', new Secret('x')]]),
    }
    for (const { kind: name, fields } of JSON.parse(JSON.stringify(steps)) as typeof steps) {
      const kind = kinds.get(name)
      expect(kind && valuesOf(kind, fields, known)).toBeDefined()
    }
    for (const { title } of steps) expect(title).toMatch(/^[^\n]{5,120}$/)
    expect(touchesOf(plan, kinds).flatMap(({ touches }) => touches)).toContainEqual({
      how: 'makes',
      what: 'volume',
      name: 'shop_db_new',
    })
  })

  it.each([
    ['/', 'is / itself, which belongs to the whole system'],
    ['/etc', 'is /etc itself, which belongs to the whole system'],
    ['/var/lib/docker/x', 'lies in /var/lib/docker, which no step writes to'],
    ['/srv/../etc/x', 'holds "." or ".." as a name'],
    ['/srv//x', 'holds "//"'],
    ['/srv/*', 'holds a glob character; list the paths one by one'],
    ['~/x', 'begins with "~", which only a shell knows; write the path out'],
    ['/srv/$HOME', 'holds "$", a backquote or a backslash; a path is taken literally'],
  ])('refuse %s where a file is written, at its place', async (path, expected) => {
    const plan = planOf(`- { step: a, kind: file-write, from: a.txt, path: "${path}" }`)
    expect(await saidAgainst({ plan, files: { 'a.txt': 'a' }, options: { kinds } })).toEqual([
      `7:57 bad-path path "${path}" ${expected}`,
    ])
  })

  it.each([
    [
      '53 a volume with a quote',
      'kind: volume-restore, from: /b/c, volume: "a\'b"',
      /^7:62 bad-volume volume "a'b" must be a volume name/,
    ],
    [
      '51 a metadata address',
      'kind: http-probe, within: 1 minute, url: "http://169.254.169.254/"',
      /^7:61 bad-url/,
    ],
    [
      '50 a password in an address',
      'kind: http-probe, within: 1 minute, url: "http://a:b@c/"',
      /^7:61 url-password/,
    ],
    [
      '31 no pass wanted',
      'kind: http-probe, within: 1 minute, url: "http://a/", passes: 0',
      /^7:82 bad-count passes 0 must be at least 1/,
    ],
    [
      '30 no deadline',
      'kind: http-probe, url: "http://a/"',
      /^7:9 missing-field the field "within" is missing/,
    ],
    ['28 no way back', 'kind: command, script: "true", noProof: none needed', /^7:9 bad-step a /],
    [
      '14 a mode that is a number',
      'kind: file-write, from: a.txt, path: /srv/a, mode: 644',
      /^7:71 bad-mode mode 644 must be a quoted string/,
    ],
    [
      '47 a service that is an option',
      'kind: compose-up, file: /srv/a/c.yml, project: a, services: ["--rm"]',
      /^7:81 bad-service services\[0\] "--rm" must be/,
    ],
  ])('refuse %s', async (_, step, expected) => {
    const said = await saidAgainst({
      plan: planOf(`- { step: a, ${step} }`),
      files: { 'a.txt': 'a' },
      options: { kinds },
    })
    expect(said).toEqual([expect.stringMatching(expected)])
  })
})
