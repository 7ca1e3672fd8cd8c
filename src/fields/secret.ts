import { z } from 'zod'
import { Secret } from '../shell/secret.ts'

/** A value that no plan holds: it is looked up in the secrets file when it is needed. */
export const secret = z
  .instanceof(Secret, { error: 'must be ${{ secrets.NAME }}; what is secret is never written in a plan' })
  .meta({ title: 'secret', description: '${{ secrets.NAME }}: from the secrets file of the plan' })

/** A password, as login programs ask for it. */
export const password = secret
  .refine((secret) => /^[^\r\n\0]+$/.test(secret.reveal()), {
    error: 'must be one line of text, and not empty',
  })
  .meta({ title: 'password', description: '${{ secrets.NAME }}: one line of text from the secrets file' })
