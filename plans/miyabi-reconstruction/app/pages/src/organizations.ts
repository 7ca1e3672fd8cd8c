import type { Client } from './client.ts'
import { byId, element, onSubmit, saying } from './page.ts'
import type { Page } from './page.ts'

interface Organization {
  readonly id: string
  readonly name: string
  readonly role?: string
}

/** Lists all organizations, with a link to those of the person who is signed in, who may create one. */
export async function showOrganizations({ document }: Page, client: Client): Promise<void> {
  const load = async () => {
    const { organizations } = await client.ask<{ organizations: Organization[] }>('GET', '/api/organizations')
    const own = client.isSignedIn()
      ? (await client.ask<{ organizations: Organization[] }>('GET', '/api/auth/me')).organizations
      : []
    const roles = new Map(own.map(({ id, role = '' }) => [id, role]))
    byId(document, 'organizations').replaceChildren(
      ...organizations.map(({ id, name }) => {
        const role = roles.get(id)
        const item = document.createElement('li')
        if (role === undefined) item.textContent = name
        else item.append(element(document, 'a', name, { href: `/admin?organization=${id}` }), ` (${role})`)
        return item
      }),
    )
    byId(document, 'create').hidden = !client.isSignedIn()
    byId(document, 'account').textContent = client.isSignedIn() ? 'Account' : 'Sign in'
    return organizations.length === 1 ? '1 organization' : `${organizations.length} organizations`
  }
  onSubmit(document, 'create', async (field, form) => {
    await client.ask('POST', '/api/organizations', { name: field('name'), description: field('description') })
    form.reset()
    return await load()
  })
  await saying(document, load)
}
