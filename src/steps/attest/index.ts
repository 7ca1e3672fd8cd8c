import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { duration } from '../../fields/duration.ts'
import { listOf } from '../../fields/list.ts'
import { question } from '../../shell/command.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { maybe, once, readFacts } from '../facts.ts'
import { manualKind } from '../step-kind.ts'

const oneLine = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^\n]*$/, { error: 'must be one line' })

const fields = {
  statement: oneLine.meta({
    title: 'statement',
    description: 'What is true once somebody has said it: "the shop manager has placed an order"',
  }),
  by: listOf(z.array(oneLine).max(50))
    .default([])
    .meta({ title: 'names', description: 'Who may say it; anyone unless said' }),
  artefact: absolutePath.optional().meta({
    title: 'absolute path',
    description:
      'A file on the host that the statement is about: its sha256 is shown, and goes into the evidence',
  }),
  within: duration.default(86_400).meta({
    title: 'duration',
    description: 'After this it is asked again, and louder; 24 hours unless said',
  }),
}

const SUM_SECONDS = 86_400

/** Somebody's word, asked for by the run: it is evidence of strength `stated`, and never proven. */
export const attest = manualKind({
  kind: 'attest',
  summary: 'Somebody has said that it is so; the run asks for it, and no host is changed',
  fields,
  traits: { asksPerson: true },
  timeoutMinutes: 60,

  describe: ({ statement }) => `somebody says: ${statement}`,
  doneBy: ({ statement, by, within, artefact }) => ({
    who: 'person',
    statement,
    mayBe: by,
    withinSeconds: within,
    ...(artefact === undefined ? {} : { artefact }),
  }),
  effects: ({ artefact }) =>
    artefact === undefined ? [] : [{ how: 'reads', what: 'path', name: artefact } as const],

  /** What the word is about. The word itself is the run's to ask for. */
  async verify({ artefact }, host) {
    if (artefact === undefined) return { summary: 'it is for a person to say', strength: 'stated' }
    const asked = question(shellFile('attest/verify.sh', { artefact }), { timeoutSeconds: SUM_SECONDS })
    const output = await host.ask(asked)
    if (readFacts(output, { missing: maybe }).missing !== undefined)
      throw new StepNotVerified(`there is no file ${artefact} for anybody to say anything about`)
    const { sha256 } = readFacts(output, { sha256: once })
    return { summary: `${artefact} has the sha256 ${sha256}`, strength: 'observed', facts: { sha256 } }
  },
})
