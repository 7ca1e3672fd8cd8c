import { projectsOf, type Survey } from '../../init/survey.ts'
import { countOf } from '../../steps/format.ts'
import { BadInput } from '../exit-codes.ts'
import { columns } from '../rendering/columns.ts'
import { askLine, note, someoneIsThere } from '../terminal.ts'

/** The project that was named, the only one, or the one that is chosen at the terminal. @throws BadInput */
export async function chosenProject(
  found: Survey,
  host: string,
  { project }: { readonly project?: string },
): Promise<string> {
  const projects = projectsOf(found)
  const again = `reinstate init ${host} --project NAME`
  if (project !== undefined) {
    if (projects.includes(project)) return project
    throw new BadInput(
      `${host} has no project ${project}; it has: ${projects.join(', ') || 'none'}${plainContainers(found)}`,
      again,
    )
  }
  const [only, ...more] = projects
  if (only === undefined)
    throw new BadInput(
      `${host} has no container of docker compose${plainContainers(found)}; on a new machine, init reads the stack from its Compose file`,
      `reinstate init ${host} --file /srv/shop/compose.yaml --backup /backup/shop`,
    )
  if (more.length === 0) return only
  note(`${host} has ${projects.length} projects`)
  const rows = projects.map((one) => {
    const containers = found.containers.filter((container) => container.project === one)
    const running = containers.filter(({ status }) => status === 'running').length
    return [one, `${countOf(containers.length, 'container')}, ${running} up`, containers[0]?.directory ?? '']
  })
  columns(rows, '  ').forEach(note)
  if (!someoneIsThere()) throw new BadInput('choose one of them', again)
  const answer = (await askLine('which one? ')) ?? ''
  if (projects.includes(answer)) return answer
  throw new BadInput(`there is no project ${answer || 'without a name'}`, again)
}

/** Lists containers of `docker run`, and says why init writes no plan for them; empty if there are none. */
function plainContainers({ containers }: Survey): string {
  const plain = containers.filter(({ project }) => project === '')
  if (plain.length === 0) return ''
  const rows = plain.map(({ name, image, mounts }) => {
    const places = mounts.map(({ Name, Source, Destination }) => `${Name || Source} at ${Destination}`)
    return `\n  ${name} (${[image, ...places].join(', ')})`
  })
  return (
    `; ${countOf(plain.length, 'container')} of docker run:${rows.join('')}\n` +
    '  init writes no plan for these, because the mounts of a container cannot be changed: describe them in a Compose file and use --file'
  )
}
