import { z } from 'zod'
import { Secret } from '../shell/secret.ts'

/** The name of a variable. */
export const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
  error: 'must be a variable name: letters, digits and "_", not beginning with a digit',
})

const value = z.union([
  z.string().refine((text) => !text.includes('\u0000'), { error: 'contains a NUL character' }),
  z.instanceof(Secret),
])

/** Variables for a process. A value may be a secret: it is sent through a pipe and never written to a disk. */
export const environment = z
  .record(variableName, value)
  .meta({ title: 'environment', description: 'Variables by name; a value may be ${{ secrets.NAME }}' })
