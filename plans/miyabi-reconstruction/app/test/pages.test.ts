import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Window } from 'happy-dom'
import { createDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { signToken, verifyToken } from '../src/tokens.ts'
import { startService } from './service.ts'
import type { TestService } from './service.ts'

let database: TestDatabase
let service: TestService
before(async () => {
  database = await createDatabase()
  service = await startService(database.url)
})
after(async () => {
  await service?.close()
  await database?.drop()
})

/** A tab: one storage for all its pages. */
class Tab {
  readonly storage = new Map<string, string>()
  readonly went: string[] = []
  document!: any

  /** Opens a page as its main.js does. */
  async open(page: 'organizations' | 'sign-in' | 'admin', query = ''): Promise<void> {
    const window = new Window({ url: service.url })
    window.document.write(readFileSync(`pages/${page}.html`, 'utf8').replace(/<(script|link)[^>]*>/g, ''))
    this.document = window.document
    const { createClient } = await load('client')
    const shows: Record<string, [string, string]> = {
      organizations: ['organizations', 'showOrganizations'],
      'sign-in': ['sign-in', 'showSignIn'],
      admin: ['admin', 'showAdmin'],
    }
    const [file = '', name = ''] = shows[page] ?? []
    const client = createClient(
      {
        getItem: (key: string) => this.storage.get(key) ?? null,
        setItem: (key: string, value: string) => this.storage.set(key, value),
        removeItem: (key: string) => this.storage.delete(key),
      },
      (path: string, init: RequestInit) => fetch(service.url + path, init),
    )
    const goTo = (path: string) => void this.went.push(path)
    await (
      await load(file)
    )[name]({ document: this.document, query: new URLSearchParams(query), goTo }, client)
  }

  /** As if its access token had been given long ago. */
  async expire(): Promise<void> {
    const tokens = JSON.parse(this.storage.get('miyabi-tokens') ?? '')
    const bearer = await verifyToken(tokens.accessToken, service.settings)
    assert.ok(bearer)
    tokens.accessToken = await signToken(bearer, { ...service.settings, tokenSeconds: -60 })
    this.storage.set('miyabi-tokens', JSON.stringify(tokens))
  }

  text(id: string): string {
    return this.document.getElementById(id).textContent
  }

  isHidden(id: string): boolean {
    return this.document.getElementById(id).hidden
  }

  /** Fills in a form and sends it; returns the status once it says something else. */
  async send(form: string, fields: Readonly<Record<string, string>>): Promise<string> {
    for (const [id, value] of Object.entries(fields)) this.document.getElementById(id).value = value
    return await this.after(() => this.document.querySelector(`#${form} button`).click())
  }

  async after(act: () => void): Promise<string> {
    this.document.getElementById('status').textContent = ''
    act()
    for (let tries = 0; this.text('status') === ''; tries += 1) {
      assert.ok(tries < 3000, 'the page says nothing')
      await wait(20)
    }
    return this.text('status')
  }
}

const load = (file: string): Promise<any> => import(new URL(`../pages/${file}.js`, import.meta.url).href)
const email = () => `page-${randomUUID()}@example.org`

async function signedUp(): Promise<{ tab: Tab; email: string }> {
  const tab = new Tab()
  await tab.open('sign-in')
  const fields = { 'new-name': 'Person', 'new-email': email(), 'new-password': 'correct horse battery' }
  assert.equal(await tab.send('sign-up', fields), 'Account created')
  return { tab, email: fields['new-email'] }
}

describe('the pages', () => {
  it('list the organizations for everybody', async () => {
    const tab = new Tab()
    await tab.open('organizations')
    assert.equal(tab.text('status'), '20 organizations')
    assert.equal(tab.isHidden('create'), true)
    assert.equal(tab.document.querySelectorAll('#organizations a').length, 0)
  })

  it('sign up, sign out and sign in; a wrong password is said', async () => {
    const { tab, email } = await signedUp()
    assert.deepEqual(tab.went, ['/'])
    await tab.open('sign-in')
    assert.equal(tab.isHidden('sign-in'), true)
    assert.equal(await tab.send('sign-out', {}), 'Signed out')
    assert.equal(tab.isHidden('sign-in'), false)
    assert.equal(await tab.send('sign-in', { email, password: 'wrong' }), 'wrong email or password')
    assert.equal(tab.document.getElementById('status').className, 'failed')
    assert.equal(await tab.send('sign-in', { email, password: 'correct horse battery' }), 'Signed in')
  })

  it('create an organization, whose name is text and never HTML', async () => {
    const { tab } = await signedUp()
    await tab.open('organizations')
    const status = await tab.send('create', { name: '<img src=x onerror=alert(1)>', description: '' })
    assert.match(status, /organizations$/)
    assert.equal(tab.document.querySelectorAll('img').length, 0)
    assert.equal(tab.document.querySelector('#organizations a').textContent, '<img src=x onerror=alert(1)>')
  })

  it('administer members and agents; a viewer sees no form', async () => {
    const [{ tab }, viewer] = [await signedUp(), await signedUp()]
    await tab.open('organizations')
    await tab.send('create', { name: 'Pages', description: '' })
    const links = [...tab.document.querySelectorAll('#organizations a')]
    const query = links
      .find(({ textContent }) => textContent === 'Pages')
      .getAttribute('href')
      .split('?')[1]
    await tab.open('admin', query)
    assert.equal(tab.text('title'), 'Pages')
    assert.equal(await tab.send('add-agent', { 'agent-name': 'Builder' }), '1 members, 1 agents')
    const member = { 'member-email': viewer.email, 'member-role': 'viewer' }
    assert.equal(await tab.send('add-member', member), '2 members, 1 agents')
    // Five requests at once with a token that has expired: one renews it.
    await viewer.tab.expire()
    await viewer.tab.open('admin', query)
    assert.equal(viewer.tab.text('status'), '2 members, 1 agents')
    assert.equal(viewer.tab.isHidden('add-agent'), true)
    assert.equal(viewer.tab.document.querySelector('#agents button').hidden, true)
    assert.equal(
      await tab.after(() => tab.document.querySelector('#agents button').click()),
      '2 members, 0 agents',
    )
  })

  it('renew a token that has expired, and ask for a sign-in without one', async () => {
    const { tab } = await signedUp()
    await tab.expire()
    const before = tab.storage.get('miyabi-tokens')
    await tab.open('organizations')
    assert.match(tab.text('status'), /organizations$/)
    assert.notEqual(tab.storage.get('miyabi-tokens'), before)
    await tab.open('admin')
    assert.match(tab.text('status'), /^Choose an organization/)
    const stranger = new Tab()
    await stranger.open('admin')
    assert.deepEqual(stranger.went, ['/sign-in'])
  })
})
