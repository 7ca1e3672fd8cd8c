import { z } from 'zod'
import { Secret } from '../shell/secret.ts'

/** A secret: looked up in the secrets file when it is needed, never part of a plan. */
export const secret = z
  .instanceof(Secret, { error: 'must be ${{ secrets.NAME }}; a plan never contains a secret' })
  .meta({ title: 'secret', description: '${{ secrets.NAME }}: from the secrets file of the plan' })

/** A password that login prompts accept. */
export const password = secret
  .refine((secret) => /^[^\r\n\0]+$/.test(secret.reveal()), {
    error: 'must be one line of text, and not empty',
  })
  .meta({ title: 'password', description: '${{ secrets.NAME }}: one line of text from the secrets file' })
