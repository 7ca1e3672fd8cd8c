import { z } from 'zod'
import { StepNotVerified } from '../../errors.ts'
import { absolutePath } from '../../fields/absolute-path.ts'
import { relativePath } from '../../fields/relative-path.ts'
import { question } from '../../shell/command.ts'
import type { Script } from '../../shell/script.ts'
import { shellFile } from '../../shell/shell-file.ts'
import { amount, many, once, readFacts } from '../facts.ts'
import { checkKind, type Values } from '../step-kind.ts'

const fields = {
  path: absolutePath.meta({ title: 'absolute path', description: 'The directory to compare' }),
  directories: z.array(relativePath).max(2000).default([]).meta({
    title: 'paths',
    description: 'Directories that must exist, relative to path; implies those above them',
  }),
  files: z.array(relativePath).max(2000).default([]).meta({
    title: 'paths',
    description: 'Regular files that must exist, relative to path; implies the directories above them',
  }),
  extras: z.enum(['refused', 'allowed']).default('refused').meta({
    description: 'Whether entries that are not listed may exist',
  }),
}
type Step = Values<typeof fields>

/** Compares a directory with a blueprint. Changes nothing. */
export const treeCheck = checkKind({
  kind: 'tree-check',
  summary: 'A directory has exactly the directories and files of a blueprint',
  fields,
  timeoutMinutes: 5,

  validate({ directories, files }) {
    if (directories.length + files.length === 0) return 'needs directories: or files: to compare with'
    const listed = [...directories, ...files]
    const twice = listed.find((path, index) => listed.indexOf(path) !== index)
    if (twice !== undefined) return `lists ${twice} twice`
    const inside = listed.find((path) => files.some((file) => path.startsWith(`${file}/`)))
    return inside === undefined ? undefined : `lists ${inside}, which lies in a path that is listed as a file`
  },
  describe: ({ path, directories, files, extras }) =>
    `check that ${path} has ${directories.length + files.length} listed entries${extras === 'refused' ? ' and no others' : ''}`,
  effects: ({ path }) => [{ how: 'reads', what: 'path', name: path }],

  async verify(step, host) {
    const output = await host.ask(question(compare(step), { timeoutSeconds: 300 }))
    const { state, ...found } = readFacts(output, {
      state: once,
      missing: many,
      extra: many,
      missingCount: amount,
      extraCount: amount,
    })
    if (state !== 'directory') throw new StepNotVerified(`${step.path} is ${state}`)
    const extras = step.extras === 'refused' ? found.extraCount : 0
    if (found.missingCount + extras > 0) {
      throw new StepNotVerified(
        `${step.path} differs from its blueprint (${found.missingCount} missing, ${extras} extra)`,
        [
          ...found.missing.map((path) => `${path} is missing`),
          ...(extras > 0 ? found.extra.map((path) => `${path} is extra`) : []),
        ],
      )
    }
    const { directories, files } = step
    const rest = found.extraCount === 0 ? 'nothing else' : `${found.extraCount} more, which are allowed`
    return {
      summary: `${step.path} has ${directories.length} of ${directories.length} listed directories, ${files.length} of ${files.length} files and ${rest}`,
      strength: 'observed',
      facts: { directories: directories.length, files: files.length, extras: found.extraCount },
    }
  },
})

/** Compares the listed entries, and the directories above them, with what is found. */
function compare({ path, directories, files }: Step): Script {
  const above = [...directories, ...files].flatMap((path) => {
    const names = path.split('/')
    return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'))
  })
  const wanted = [...new Set([...directories, ...above])].map((path) => `directory ${path}`)
  const words = [...wanted, ...files.map((path) => `file ${path}`)]
  return shellFile('tree-check/verify.sh', { path }, words)
}
