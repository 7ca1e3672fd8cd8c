/** What each page is given. */
export interface Page {
  readonly document: Document
  /** The query of the page's address. */
  readonly query: URLSearchParams
  readonly goTo: (path: string) => void
}

/** The element of an id, which the page has. */
export function byId<Wanted extends HTMLElement = HTMLElement>(document: Document, id: string): Wanted {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no #${id}`)
  return found as Wanted
}

/** Makes an element with a text; never HTML, because names come from people. */
export function element(
  document: Document,
  tag: string,
  text: string,
  attributes: Readonly<Record<string, string>> = {},
) {
  const made = document.createElement(tag)
  made.textContent = text
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  return made
}

/** Says in the page's status, which screen readers read out, what went wrong. */
export async function saying(document: Document, work: () => Promise<string>): Promise<void> {
  const status = byId(document, 'status')
  status.className = ''
  try {
    status.textContent = await work()
  } catch (error) {
    status.className = 'failed'
    status.textContent = error instanceof Error ? error.message : String(error)
  }
}

/** Calls back with the fields of a form, instead of sending it. */
export function onSubmit(
  document: Document,
  id: string,
  work: (field: (name: string) => string, form: HTMLFormElement) => Promise<string>,
): void {
  const form = byId<HTMLFormElement>(document, id)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const field = (name: string) => byId<HTMLInputElement>(document, name).value
    void saying(document, () => work(field, form))
  })
}
