import type { Client } from './client.ts'
import { byId, onSubmit } from './page.ts'
import type { Page } from './page.ts'

/** Signs in, signs up or signs out, then shows the organizations. */
export async function showSignIn({ document, goTo }: Page, client: Client): Promise<void> {
  const show = () => {
    for (const id of ['sign-in', 'sign-up']) byId(document, id).hidden = client.isSignedIn()
    byId(document, 'sign-out').hidden = !client.isSignedIn()
  }
  onSubmit(document, 'sign-in', async (field) => {
    await client.signIn(field('email'), field('password'))
    goTo('/')
    return 'Signed in'
  })
  onSubmit(document, 'sign-up', async (field) => {
    const email = field('new-email')
    const password = field('new-password')
    await client.ask('POST', '/api/auth/sign-up', { email, password, name: field('new-name') })
    await client.signIn(email, password)
    goTo('/')
    return 'Account created'
  })
  onSubmit(document, 'sign-out', async () => {
    await client.signOut()
    show()
    return 'Signed out'
  })
  show()
}
