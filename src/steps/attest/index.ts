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
    description: 'What the person attests: "the shop manager has placed an order"',
  }),
  by: listOf(z.array(oneLine).max(50))
    .default([])
    .meta({ title: 'names', description: 'Names of the people who may attest it. Default: anyone' }),
  artefact: absolutePath.optional().meta({
    title: 'absolute path',
    description:
      'A file on the host that the statement is about. The question and the evidence hold its sha256',
  }),
  within: duration.default(86_400).meta({
    title: 'duration',
    description: 'When the run asks again, more urgently. Default: 24 hours',
  }),
}

const SUM_SECONDS = 86_400

/** The attestation of a person, which the run asks for. Its evidence has the strength `stated`. */
export const attest = manualKind({
  kind: 'attest',
  summary: 'A person has attested a statement. Changes no host',
  fields,
  traits: { asksPerson: true },
  timeoutMinutes: 60,

  describe: ({ statement }) => `a person attests: ${statement}`,
  doneBy: ({ statement, by, within, artefact }) => ({
    who: 'person',
    statement,
    mayBe: by,
    withinSeconds: within,
    ...(artefact === undefined ? {} : { artefact }),
  }),
  effects: ({ artefact }) =>
    artefact === undefined ? [] : [{ how: 'reads', what: 'path', name: artefact } as const],

  /** Evidence of the artefact. The run asks for the attestation itself. */
  async verify({ artefact }, host) {
    if (artefact === undefined) return { summary: 'a person attests it', strength: 'stated' }
    const sum = question(shellFile('attest/verify.sh', { artefact }), { timeoutSeconds: SUM_SECONDS })
    const output = await host.ask(sum)
    if (readFacts(output, { missing: maybe }).missing !== undefined)
      throw new StepNotVerified(`the artefact ${artefact} does not exist`)
    const { sha256 } = readFacts(output, { sha256: once })
    return { summary: `${artefact} has the sha256 ${sha256}`, strength: 'observed', facts: { sha256 } }
  },
})
