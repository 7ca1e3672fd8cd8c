import type { Client } from './client.ts'
import { byId, element, onSubmit, saying } from './page.ts'
import type { Page } from './page.ts'

interface Agent {
  readonly id: string
  readonly name: string
  readonly status: string
}
interface Member {
  readonly name: string
  readonly email: string
  readonly role: string
}

/** Shows the members and agents of one organization, and the forms for those who may change them. */
export async function showAdmin({ document, query, goTo }: Page, client: Client): Promise<void> {
  if (!client.isSignedIn()) return goTo('/sign-in')
  const id = query.get('organization') ?? ''
  const own = `/api/organizations/${encodeURIComponent(id)}`

  const load = async () => {
    if (id === '') return 'Choose an organization in the list of organizations'
    const [{ name }, { members }, { agents }, mayWrite, mayManage] = await Promise.all([
      client.ask<{ name: string }>('GET', own),
      client.ask<{ members: Member[] }>('GET', `${own}/members`),
      client.ask<{ agents: Agent[] }>('GET', `${own}/agents`),
      may('agents:write'),
      may('members:manage'),
    ])
    byId(document, 'title').textContent = name
    byId(document, 'members').replaceChildren(
      ...members.map(({ name, email, role }) => row([name, email, role])),
    )
    byId(document, 'agents').replaceChildren(
      ...agents.map((agent) => {
        const remove = element(document, 'button', 'Remove', {
          type: 'button',
          'aria-label': `Remove ${agent.name}`,
        })
        remove.hidden = !mayWrite
        remove.addEventListener('click', () => {
          void saying(document, async () => {
            await client.ask('DELETE', `${own}/agents/${agent.id}`)
            return await load()
          })
        })
        return row([agent.name, agent.status, remove])
      }),
    )
    byId(document, 'add-agent').hidden = !mayWrite
    byId(document, 'add-member').hidden = !mayManage
    return `${members.length} members, ${agents.length} agents`
  }
  const may = async (permission: string) => {
    const path = `/api/permissions/check?organization=${encodeURIComponent(id)}&permission=${permission}`
    return (await client.ask<{ allowed: boolean }>('GET', path)).allowed
  }
  const row = (cells: readonly (string | HTMLElement)[]) => {
    const made = document.createElement('tr')
    for (const cell of cells) made.appendChild(document.createElement('td')).append(cell)
    return made
  }
  onSubmit(document, 'add-agent', async (field, form) => {
    await client.ask('POST', `${own}/agents`, { name: field('agent-name') })
    form.reset()
    return await load()
  })
  onSubmit(document, 'add-member', async (field, form) => {
    await client.ask('PUT', `${own}/members`, { email: field('member-email'), role: field('member-role') })
    form.reset()
    return await load()
  })
  await saying(document, load)
}
