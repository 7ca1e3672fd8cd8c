import type { Application } from './application.ts'
import { gitea } from './gitea.ts'
import { n8n } from './n8n.ts'

/** The applications whose key init tries on the data. */
export const applications: readonly Application[] = [gitea, n8n]
