import type { Environment } from '../environment.ts'
import type { Application, ServiceKey } from './application.ts'
import { gitea } from './gitea.ts'
import { n8n } from './n8n.ts'

/** The applications whose key init tries on the data. */
export const applications: readonly Application[] = [gitea, n8n]

/** Returns the keys of known applications in the environment of a service. */
export function keysIn({ variables, isMounted }: Environment, image: string): readonly ServiceKey[] {
  return applications.flatMap(({ name, variables: names, settings, otherImages }) => {
    const variable = names.find((one) => {
      const value = variables[one] ?? ''
      return value !== '' && (!one.endsWith('_FILE') || isMounted(value))
    })
    if (variable === undefined || otherImages?.test(image)) return []
    const set = settings.flatMap((one) => (variables[one] ? [[one, variables[one]] as const] : []))
    return [{ application: name, variable, settings: Object.fromEntries(set) }]
  })
}
