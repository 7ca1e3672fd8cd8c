import type { Rule } from './rule.ts'
import { servicesOf } from './sources.ts'

export const fixedContainerName: Rule = {
  id: 'R043',
  name: 'fixed-container-name',
  severity: 'warning',
  title: 'A Compose file fixes the name of a container',
  why: 'The new stack cannot be started and proven beside the old one: the name is taken.',
  fix: 'Leave container_name out; services reach each other by the name of the service.',
  example: { wrong: `container_name: shop-web`, right: `hostname: shop-web` },
  find: ({ steps }) =>
    servicesOf(steps).flatMap(({ step, file, service, value }) => {
      const name = value['container_name']
      if (typeof name !== 'string' || name.includes('$')) return []
      return {
        at: step,
        file,
        text: `container_name: ${name}`,
        message: `${service} cannot run beside the one that is there: its container is called ${name} in each`,
        hint: 'leave container_name out',
      }
    }),
}
