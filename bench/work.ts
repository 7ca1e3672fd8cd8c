/** The same small work for every contender: commands that create a file each, and verify that it exists. */

/** A plan of this many sequential steps on each host, in phases of at most 200. */
export function planOf(hosts: readonly string[], steps: number): string {
  const phases = hosts.flatMap((host) =>
    stretches(steps).map(([first, last], stretch) => ({
      phase: `${host}-${stretch + 1}`,
      needs: stretch === 0 ? [] : [`${host}-${stretch}`],
      steps: range(first, last).map((number) => ({
        step: `${host}-s${number}`,
        kind: 'command',
        host,
        title: `make file ${number}`,
        script: `: > /srv/${host}-${number}`,
        verify: `test -e /srv/${host}-${number}`,
        cannotUndo: 'a file of the benchmark',
      })),
    })),
  )
  // YAML includes JSON. Each run has its own stack, so that none waits for the lock of another.
  const stack = 'bench-${{ run.id }}'
  return JSON.stringify({ plan: 'bench', title: 'A benchmark', stack, hosts, phases })
}

/** The same as a playbook: each task includes its verification, which Ansible lacks. */
export function playbookOf(steps: number): string {
  const tasks = range(1, steps).map((number) => ({
    'ansible.builtin.command': `touch /srv/{{ inventory_hostname }}-${number}`,
    changed_when: true,
  }))
  return JSON.stringify([{ hosts: 'all', gather_facts: false, tasks }])
}

/** The same for pyinfra. */
export function deployOf(steps: number): string {
  const lines = range(1, steps).map(
    (number) => `server.shell(name="make file ${number}", commands=["touch /srv/pyinfra-${number}"])`,
  )
  return ['from pyinfra.operations import server', ...lines, ''].join('\n')
}

const MOST_STEPS_OF_A_PHASE = 200

function stretches(steps: number): [number, number][] {
  const starts = range(0, Math.ceil(steps / MOST_STEPS_OF_A_PHASE) - 1)
  return starts.map((start) => [
    start * MOST_STEPS_OF_A_PHASE + 1,
    Math.min(steps, (start + 1) * MOST_STEPS_OF_A_PHASE),
  ])
}

export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
