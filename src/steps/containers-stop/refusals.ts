import { StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { question } from '../../shell/command.ts'
import { sh } from '../../shell/script.ts'
import { isUp, type KnownContainer } from '../shared/containers.ts'

/** What fits into `seen` with room to spare. */
const MOST = 100

/** A project that was taken down has left its volumes, as a rule. @throws StepRefused for one that has left nothing */
export async function refuseUnheardOf(
  { projects }: { readonly projects: readonly string[] },
  all: readonly KnownContainer[],
  host: HostView,
): Promise<void> {
  const running = new Set(all.map(({ project }) => project))
  if (projects.every((project) => running.has(project))) return
  const label = '{{.Label "com.docker.compose.project"}}'
  const script = sh`docker volume ls --format ${label} && docker network ls --format ${label}`
  const known = new Set([...running, ...(await host.ask(question(script))).split('\n')])
  known.delete('')
  const unheardOf = projects.find((project) => !known.has(project))
  if (unheardOf === undefined) return
  const names = [...known].sort().slice(0, 20).join(', ')
  throw new StepRefused(
    `this host knows no project ${unheardOf}: it has no container, volume or network of it. ` +
      (names === '' ? 'It knows none at all; is it the right host?' : `It knows ${names}; check the name`),
  )
}

/** @throws StepRefused where stopping would lose something, or could not be taken back. */
export function refuseToStop(chosen: readonly KnownContainer[]): void {
  const lost = chosen.find((container) => container.autoRemove && isUp(container))
  if (lost) {
    throw new StepRefused(
      `container ${lost.name} was started with --rm: stopping it would delete it with what it wrote. Take what is ` +
        'needed out of it and stop it by hand first',
    )
  }
  const paused = chosen.find(({ status }) => status === 'paused')
  if (paused) throw new StepRefused(`container ${paused.name} is paused; unpause or stop it first`)
  if (chosen.length > MOST) {
    throw new StepRefused(
      `${chosen.length} containers are more than ${MOST}; name fewer projects in one step`,
    )
  }
}
