import { z } from 'zod'
import { duration } from '../../fields/duration.ts'
import { line } from '../../fields/line.ts'

const person = line.regex(/^[^\s-]([^]*\S)?$/, { error: 'must be a name, without blanks around it' })

/** A decision that a person takes before a phase. */
export const gate = z
  .strictObject({
    approvers: z
      .union([
        z.literal('anyone').transform((): string[] => []),
        z
          .array(person)
          .min(1, { error: 'names nobody; write anyone where anybody may decide' })
          .refine((people) => new Set(people).size === people.length, { error: 'names somebody twice' })
          .meta({ uniqueItems: true }),
      ])
      .meta({ description: 'Who may decide: a list of names, or anyone' }),
    note: z.string().min(1).max(2000).optional().meta({ description: 'What whoever decides should know' }),
    within: duration
      .default(24 * 3600)
      .meta({ description: 'How long it is waited for an answer; 24 hours unless said' }),
    otherwise: z
      .enum(['ask-again', 'reject', 'stop'])
      .default('ask-again')
      .meta({ description: 'What happens when nobody answers in time' }),
    quorum: z
      .int()
      .min(1)
      .optional()
      .meta({ description: 'How many must approve; for now one is always enough' }),
  })
  .refine(({ quorum = 1 }) => quorum === 1, {
    path: ['quorum'],
    error: ({ input }) => {
      const { approvers, quorum } = input as {
        readonly approvers: readonly string[]
        readonly quorum: number
      }
      return approvers.length > 0 && quorum > approvers.length
        ? `is above the number of approvers, ${approvers.length}: nobody could open this gate`
        : 'is not supported yet: one approval opens a gate'
    },
  })
