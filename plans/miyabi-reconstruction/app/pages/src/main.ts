import { showAdmin } from './admin.ts'
import { createClient } from './client.ts'
import { showOrganizations } from './organizations.ts'
import type { Page } from './page.ts'
import { showSignIn } from './sign-in.ts'

const page: Page = {
  document,
  query: new URLSearchParams(location.search),
  goTo: (path) => location.assign(path),
}
const shows = { organizations: showOrganizations, 'sign-in': showSignIn, admin: showAdmin }
const show = shows[document.body.dataset['page'] as keyof typeof shows]
await show(
  page,
  createClient(sessionStorage, (input, init) => fetch(input, init)),
)
